import { CommandOptionError } from "../errors.ts";
import type { CommandOptions, StartOptions } from "../types.ts";
import { createChecks } from "./checks.ts";

/** A command as the launcher takes it. */
export interface ParsedCommand {
  readonly argv: readonly string[];
  readonly cwd: string | undefined;
  readonly envs: Readonly<Record<string, string>>;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly channel: boolean;
}

export const startOptionNames = ["cwd", "envs", "timeoutMs", "signal", "channel"] as const;
export const runOptionNames = [
  "cwd",
  "envs",
  "timeoutMs",
  "signal",
  "stdin",
  "onStdout",
  "onStderr",
  "maxOutputBytes",
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
  return command.map((each, index) => checks.text(each, `argument ${index} of the command`));
}

function parseEnvs(envs: unknown = {}): Record<string, string> {
  if (typeof envs !== "object" || envs === null)
    throw new CommandOptionError("envs must be an object of strings");
  const parsed: Record<string, string> = {};
  for (const [name, value] of Object.entries(envs)) {
    if (name === "" || name.includes("=") || name.includes("\0"))
      throw new CommandOptionError(`envs has a bad name "${name}"; a name is not empty and has no "="`);
    parsed[name] = checks.text(value, `envs.${name}`);
  }
  return parsed;
}

/** @throws CommandOptionError */
export function parseCommand(
  command: unknown,
  options: StartOptions,
  known: readonly string[],
): ParsedCommand {
  checks.known(options, known, "option of a command");
  const { cwd, timeoutMs, signal, channel } = options;
  if (cwd !== undefined && !checks.text(cwd, "cwd").startsWith("/"))
    throw new CommandOptionError(`cwd "${cwd}" must be an absolute path inside the sandbox`);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new CommandOptionError("signal must be an AbortSignal");
  return {
    argv: parseArgv(command),
    cwd,
    envs: parseEnvs(options.envs),
    timeoutMs:
      timeoutMs === undefined ? undefined : checks.number(timeoutMs, "timeoutMs", { min: 1, max: maxMs }),
    signal,
    channel: channel === true,
  };
}

const defaultMaxOutputBytes = 2 ** 20;
const maxMaxOutputBytes = 2 ** 29;

/** @throws CommandOptionError */
export function parseMaxOutputBytes({ maxOutputBytes = defaultMaxOutputBytes }: CommandOptions): number {
  return checks.number(maxOutputBytes, "maxOutputBytes", { min: 0, max: maxMaxOutputBytes });
}
