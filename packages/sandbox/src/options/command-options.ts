import { Buffer } from "node:buffer";
import type { BufferCommandOptions, CommandOptions, StartOptions } from "../commands/types.ts";
import { CommandOptionError } from "../errors.ts";
import type { PtySize } from "../pty/types.ts";
import type { Denial } from "../types.ts";
import { createChecks } from "./checks.ts";

/** A command as the launcher takes it. */
export interface ParsedCommand {
  readonly argv: readonly string[];
  readonly cwd: string | undefined;
  readonly envs: Readonly<Record<string, string>>;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly channel: boolean;
  /** Whether the host may write to it. */
  readonly input: boolean;
  readonly background: boolean;
  readonly keepOutputBytes: number;
  readonly onDenied: ((denial: Denial) => void) | undefined;
  /** The size of the terminal that it gets in the place of pipes. */
  readonly terminal?: PtySize;
}

const optionNames = ["cwd", "envs", "user", "timeoutMs", "signal", "keepOutputBytes", "onDenied"] as const;
export const startOptionNames = [...optionNames, "channel", "background"] as const;
export const runOptionNames = [
  ...optionNames,
  "stdin",
  "onStdout",
  "onStderr",
  "maxOutputBytes",
  "check",
  "encoding",
] as const;

const maxMs = 2 ** 31 - 1;
const checks = createChecks((message) => {
  throw new CommandOptionError(message);
});

function parseArgv(command: unknown): readonly string[] {
  if (typeof command === "string") return ["/bin/sh", "-c", checks.text(command, "the command")];
  if (!Array.isArray(command) || command.length === 0)
    throw new CommandOptionError(
      "the command must be a string for /bin/sh, or an array with the program and its arguments",
    );
  return Array.from(command, (each, index) => checks.text(each, `argument ${index} of the command`));
}

/** Bytes of arguments and environment together: what POLICY_MAX_BYTES of `native/policy.c` has room for. */
const maxCommandBytes = 3 * 2 ** 20;

function checkSize(argv: readonly string[], envs: Readonly<Record<string, string>>): void {
  const characters = [...argv, ...Object.entries(envs).flat()].reduce(
    (sum, text) => sum + text.length + 1,
    0,
  );
  // A character has one byte at least and three at most: only sizes in between need counting.
  const tooLong =
    characters > maxCommandBytes ||
    (characters * 3 > maxCommandBytes &&
      [...argv, ...Object.entries(envs).flat()].reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0) >
        maxCommandBytes);
  if (tooLong)
    throw new CommandOptionError(
      `the command's arguments and environment have more than ${maxCommandBytes} bytes; pass data by stdin or a file`,
    );
}

function parseEnvs(envs: unknown = {}): Record<string, string> {
  const parsed: Record<string, string> = {};
  for (const [name, value] of Object.entries(checks.fields(envs, "envs"))) {
    if (name === "" || name.includes("=") || name.includes("\0"))
      throw new CommandOptionError(`envs has a bad name "${name}"; a name is not empty and has no "="`);
    parsed[name] = checks.text(value, `envs.${name}`);
  }
  return parsed;
}

const defaultKeepOutputBytes = 2 ** 16;
const maxKeepOutputBytes = 2 ** 26;

function checkUser(user: unknown): void {
  if (user !== undefined && user !== "agent" && user !== 1000)
    throw new CommandOptionError(
      'user must be "agent" or 1000: a sandbox has no other user and no root, which would need privileges that nobody in it has; for a writable system use writableSystem: true',
    );
}

/** @throws CommandOptionError */
export function parseCommand(
  command: unknown,
  options: StartOptions,
  known: readonly string[],
): ParsedCommand {
  checks.known(checks.fields(options, "the options"), known, "option of a command");
  const { cwd, timeoutMs, signal, channel, background, onDenied } = options;
  const { keepOutputBytes = defaultKeepOutputBytes } = options;
  if (cwd !== undefined && !checks.text(cwd, "cwd").startsWith("/"))
    throw new CommandOptionError(`cwd "${cwd}" must be an absolute path inside the sandbox`);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new CommandOptionError("signal must be an AbortSignal");
  if (onDenied !== undefined && typeof onDenied !== "function")
    throw new CommandOptionError("onDenied must be a function");
  checkUser(options.user);
  const argv = parseArgv(command);
  const envs = parseEnvs(options.envs);
  checkSize(argv, envs);
  return {
    argv,
    cwd,
    envs,
    timeoutMs:
      timeoutMs === undefined ? undefined : checks.number(timeoutMs, "timeoutMs", { min: 1, max: maxMs }),
    signal,
    onDenied,
    channel: channel === undefined ? false : checks.flag(channel, "channel"),
    background: background === undefined ? false : checks.flag(background, "background"),
    input: true,
    keepOutputBytes: checks.number(keepOutputBytes, "keepOutputBytes", { min: 0, max: maxKeepOutputBytes }),
  };
}

const defaultMaxOutputBytes = 2 ** 20;
const maxMaxOutputBytes = 2 ** 29;

/** What `run` does with the command's streams and its end. */
export interface ParsedRun {
  readonly stdin: string | Uint8Array;
  readonly onStdout: ((chunk: Buffer) => unknown) | undefined;
  readonly onStderr: ((chunk: Buffer) => unknown) | undefined;
  readonly maxOutputBytes: number;
  readonly encoding: "utf8" | "buffer";
  readonly check: boolean;
}

/** @throws CommandOptionError */
export function parseRun(options: CommandOptions | BufferCommandOptions): ParsedRun {
  const { stdin = "", onStdout, onStderr, maxOutputBytes = defaultMaxOutputBytes } = options;
  if (typeof stdin !== "string" && !(stdin instanceof Uint8Array))
    throw new CommandOptionError("stdin must be a string or a Uint8Array");
  for (const [name, listener] of Object.entries({ onStdout, onStderr }))
    if (listener !== undefined && typeof listener !== "function")
      throw new CommandOptionError(`${name} must be a function`);
  const range = { min: 0, max: maxMaxOutputBytes };
  return {
    stdin,
    onStdout,
    onStderr,
    maxOutputBytes: checks.number(maxOutputBytes, "maxOutputBytes", range),
    encoding: checks.oneOf(options.encoding ?? "utf8", "encoding", ["utf8", "buffer"]),
    check: checks.flag(options.check ?? false, "check"),
  };
}
