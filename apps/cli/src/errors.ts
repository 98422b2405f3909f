/**
 * Why the command line itself gave up, before or around a run. Errors of the platform and the sandbox pass
 * through with codes of their own.
 *
 * - `CLI_USAGE`: the arguments make no sense together; exit code 2.
 * - `CLI_SOURCE_TREE`: the directory to work on cannot be read or is too large.
 * - `CLI_PROBE`: the look from inside the sandbox gave no usable answer.
 * - `CLI_SIGNAL`: a signal ended the run; it is the cause of the run's error.
 */
export type CliErrorCode = "CLI_USAGE" | "CLI_SOURCE_TREE" | "CLI_PROBE" | "CLI_SIGNAL";

/** The only error class of this package. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** What this command offers where an error's own message cannot know of it, by code. */
const HINTS: Readonly<Record<string, string>> = {
  CGROUP_UNAVAILABLE: "or add --best-effort, to go on with every layer but the limits",
};

/** A message may quote what a program inside printed last. */
const LONGEST_MESSAGE = 600;

/** One or two lines that say what went wrong: the `code` and the message; then a hint, or a cause that adds something. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `error: ${String(error)}`;
  const code = codeOf(error);
  const lines = [`error${code === undefined ? "" : ` ${code}`}: ${oneLine(error.message)}`];
  if (code !== undefined && Object.hasOwn(HINTS, code)) return [...lines, `  ${HINTS[code]}`].join("\n");
  const { cause } = error;
  if (cause instanceof Error && !error.message.includes(cause.message)) {
    const causeCode = codeOf(cause);
    lines.push(`  because${causeCode === undefined ? "" : ` ${causeCode}`}: ${oneLine(cause.message)}`);
  }
  return lines.join("\n");
}

/** The literal `code` that errors of this project carry, and Node's own. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function oneLine(text: string): string {
  const line = text.replace(/\s*\n\s*/g, " ").trim();
  return line.length <= LONGEST_MESSAGE ? line : `${line.slice(0, LONGEST_MESSAGE)}… (DEBUG=1 shows all)`;
}
