import { addOutputDenials } from "../denied/output-denials.ts";
import { CommandExitError } from "../errors.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import { type ParsedRun, parseCommand, parseRun, runOptionNames } from "../options/command-options.ts";
import { createFirstHandle } from "./command-handle.ts";
import { collectOutput } from "./output.ts";
import { startCommand } from "./start-command.ts";
import type {
  BufferCommandOptions,
  CommandExit,
  CommandHandle,
  CommandOptions,
  CommandResult,
} from "./types.ts";

type AnyResult = CommandResult<string> | CommandResult<Buffer>;

/** Reads what a command writes, for as long as its listeners neither throw nor reject and its signal does not abort. */
function readOutput(handle: CommandHandle, run: ParsedRun, signal: AbortSignal | undefined) {
  let thrown: { readonly error: unknown } | undefined;
  const onThrow = (error: unknown) => {
    thrown ??= { error };
    void handle.kill();
  };
  const { maxOutputBytes: maxBytes } = run;
  const stdout = collectOutput(handle.stdout, { maxBytes, onChunk: run.onStdout, onThrow });
  const stderr = collectOutput(handle.stderr, { maxBytes, onChunk: run.onStderr, onThrow });
  // A listener that never answers would have the command's last output wait for ever.
  const onAbort = () => {
    handle.stdout.destroy();
    handle.stderr.destroy();
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  async function ended(): Promise<CommandExit> {
    const exit = await handle.wait();
    await Promise.all([stdout.ended, stderr.ended]);
    signal?.removeEventListener("abort", onAbort);
    if (thrown !== undefined) throw thrown.error;
    signal?.throwIfAborted();
    return exit;
  }
  return { stdout, stderr, ended };
}

const maxWords = 200;

/** The last line of standard error that says something, made fit for a message. */
function lastWords(stderr: string): string {
  const line =
    stderr
      .trimEnd()
      .split("\n")
      .at(-1)
      ?.replace(/\p{Cc}/gu, " ")
      .trim() ?? "";
  return line === "" ? "" : `: ${line.slice(0, maxWords)}`;
}

/** @throws CommandExitError */
function checkExit(result: AnyResult, stderr: string): void {
  if (result.exitCode === 0) return;
  const how =
    result.exitCode === null ? `was ended by ${result.signal}` : `gave exit code ${result.exitCode}`;
  const why = result.timedOut ? " at its time limit" : result.oomKilled ? " for want of memory" : "";
  throw new CommandExitError(`the command ${how}${why} (see result)${lastWords(stderr)}`, result);
}

/** Runs a command to its end. */
export async function runCommand(
  living: LivingSandbox,
  command: string | readonly string[],
  options: CommandOptions | BufferCommandOptions,
): Promise<AnyResult> {
  const parsed = parseCommand(command, options, runOptionNames);
  const run = parseRun(options);
  const input = run.stdin.length > 0;
  const handle = createFirstHandle(await startCommand(living, { ...parsed, input }));
  const { stdout, stderr, ended } = readOutput(handle, run, parsed.signal);
  if (input) handle.stdin.end(run.stdin);
  const exit = await ended();
  const words = stderr.tail();
  const denied = addOutputDenials(exit.denied, words, living.options);
  for (const denial of denied.slice(exit.denied.length)) {
    living.events.emit({ type: "command.denied", commandId: handle.id, denial });
    parsed.onDenied?.(denial);
  }
  const ending = { ...exit, denied, truncated: { stdout: stdout.cut(), stderr: stderr.cut() } };
  const result =
    run.encoding === "buffer"
      ? { ...ending, stdout: stdout.bytes(), stderr: stderr.bytes() }
      : { ...ending, stdout: stdout.bytes().toString("utf8"), stderr: stderr.bytes().toString("utf8") };
  if (run.check) checkExit(result, words);
  return result;
}
