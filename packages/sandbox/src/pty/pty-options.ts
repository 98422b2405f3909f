import { CommandOptionError } from "../errors.ts";
import { createChecks } from "../options/checks.ts";
import { type ParsedCommand, parseCommand } from "../options/command-options.ts";
import type { PtyListener, PtyOptions, PtySize } from "./types.ts";

const maxSize = 10_000;
const defaultSize: PtySize = { cols: 80, rows: 24 };

/** Of the command's own options. */
const commandOptionNames = ["cwd", "envs", "user", "timeoutMs", "signal"] as const;
const optionNames = ["cols", "rows", "command", ...commandOptionNames, "onData"];

interface Shell {
  readonly command: unknown;
  readonly envs: Readonly<Record<string, string>>;
}

/** Where no command is named: with a prompt as people know it, which bash keeps unless a file of the user's sets another. */
const bash: Shell = {
  command: ["/bin/bash", "-l"],
  envs: { SHELL: "/bin/bash", PS1: "\\u@\\h:\\w\\$ " },
};
const sh: Shell = { command: ["/bin/sh", "-i"], envs: { SHELL: "/bin/sh" } };

const checks = createChecks((message) => {
  throw new CommandOptionError(message);
});

/** @throws CommandOptionError */
export function parseSize(given: PtySize): PtySize {
  checks.known(checks.fields(given, "the size"), ["cols", "rows"], "key of a terminal's size");
  const { cols, rows } = given;
  const range = { min: 1, max: maxSize };
  return { cols: checks.number(cols, "cols", range), rows: checks.number(rows, "rows", range) };
}

export interface ParsedPty {
  /** To be tried in turn, until one is there. */
  readonly commands: readonly [ParsedCommand, ...ParsedCommand[]];
  readonly size: PtySize;
  readonly onData: PtyListener | undefined;
}

/** @throws CommandOptionError */
export function parsePty(options: PtyOptions): ParsedPty {
  checks.known(checks.fields(options, "the options"), optionNames, "option of a terminal");
  const { cols = defaultSize.cols, rows = defaultSize.rows, command, onData } = options;
  const size = parseSize({ cols, rows });
  checkListener(onData);
  const others = Object.fromEntries(
    Object.entries(options).filter(([name]) => commandOptionNames.some((each) => each === name)),
  );
  const parse = (shell: Shell): ParsedCommand => {
    const parsed = parseCommand(shell.command, others, commandOptionNames);
    return { ...parsed, envs: { TERM: "xterm-256color", ...shell.envs, ...parsed.envs }, terminal: size };
  };
  return {
    commands: command === undefined ? [parse(bash), parse(sh)] : [parse({ command, envs: {} })],
    size,
    onData,
  };
}

/** @throws CommandOptionError */
export function checkInput(data: unknown): string | Uint8Array {
  if (typeof data === "string" || data instanceof Uint8Array) return data;
  throw new CommandOptionError("what is typed into a terminal must be a string or a Uint8Array");
}

/** @throws CommandOptionError */
export function checkListener(listener: unknown): void {
  if (listener !== undefined && typeof listener !== "function")
    throw new CommandOptionError("the listener of a terminal's output (onData) must be a function");
}
