import { StringDecoder } from "node:string_decoder";
import { CommandEndedError, CommandOptionError, WaitTimeoutError } from "../errors.ts";
import { createChecks } from "../options/checks.ts";
import type { RunningCommand } from "./command-handle.ts";
import type { OutputTape } from "./output-tape.ts";
import type { LogMatch, WaitForLogOptions } from "./types.ts";

/** Characters of a line that are searched together; a longer one is searched in parts that overlap by half. */
const maxLineLength = 2 ** 14;
const maxMs = 2 ** 31 - 1;
const optionNames = ["timeoutMs", "signal"];
const checks = createChecks((message) => {
  throw new CommandOptionError(message);
});

/** A search that has no memory of its own: `g` and `y` would begin where the last one has ended. */
function parsePattern(pattern: unknown): RegExp {
  if (pattern instanceof RegExp) return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
  if (typeof pattern === "string") return new RegExp(pattern.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  throw new CommandOptionError("waitForLog takes a regular expression, or a string that is to be found");
}

function parseOptions(options: WaitForLogOptions): WaitForLogOptions {
  checks.known(checks.fields(options, "the options"), optionNames, "option of waitForLog");
  if (options.timeoutMs !== undefined) checks.number(options.timeoutMs, "timeoutMs", { min: 1, max: maxMs });
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal))
    throw new CommandOptionError("signal must be an AbortSignal");
  return options;
}

/** Searches a stream line by line, from its oldest kept byte on, each time it is called as far as there is any. */
function createSearch(tape: OutputTape, stream: LogMatch["stream"], pattern: RegExp) {
  const decoder = new StringDecoder("utf8");
  let position = tape.log.start;
  let rest = "";

  function searchText(text: string): LogMatch | undefined {
    const lines = (rest + text).split("\n");
    rest = lines.at(-1) ?? "";
    for (const each of lines) {
      const line = each.replace(/\r$/, "");
      const match = pattern.exec(line);
      if (match !== null) return { line, stream, match };
    }
    if (rest.length > maxLineLength) rest = rest.slice(-maxLineLength / 2);
    return undefined;
  }

  return function search(): LogMatch | undefined {
    position = Math.max(position, tape.log.start);
    for (let piece = tape.log.pieceAt(position); piece !== undefined; piece = tape.log.pieceAt(position)) {
      const part = piece.subarray(0, maxLineLength);
      position += part.length;
      const found = searchText(decoder.write(part));
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** Looks at what a command writes until something is found, or nothing can be any more. */
function follow(command: RunningCommand, pattern: RegExp, onEnd: (found: LogMatch | undefined) => void) {
  const searches = [
    { tape: command.stdout, search: createSearch(command.stdout, "stdout", pattern) },
    { tape: command.stderr, search: createSearch(command.stderr, "stderr", pattern) },
  ];
  let exited = false;
  const look = () => {
    for (const { search } of searches) {
      const found = search();
      if (found !== undefined) return onEnd(found);
    }
    // Output that waits for a reader may never come.
    if (exited && searches.every(({ tape }) => tape.ended || tape.heldBack)) onEnd(undefined);
  };
  const onExit = () => {
    exited = true;
    look();
  };
  const stops = searches.map(({ tape }) => tape.watch(look));
  command.exited.then(onExit, onExit);
  look();
  return () => {
    for (const stop of stops) stop();
  };
}

/** See {@link CommandHandle.waitForLog}. */
export async function waitForLog(
  command: RunningCommand,
  pattern: RegExp | string,
  options: WaitForLogOptions,
): Promise<LogMatch> {
  const { timeoutMs, signal } = parseOptions(options);
  const parsed = parsePattern(pattern);
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<LogMatch>();
  const onEnd = (found: LogMatch | undefined) => {
    if (found !== undefined) return resolve(found);
    const message = `the command ended before its output had ${pattern}; see its exit by wait()`;
    reject(new CommandEndedError(message));
  };
  const onLate = () => {
    const message = `the output had no ${pattern} within ${timeoutMs} ms; raise timeoutMs, or look at what it says instead`;
    reject(new WaitTimeoutError(message));
  };
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const callOff = timeoutMs === undefined ? undefined : command.clock.after(timeoutMs, onLate);
  const stop = follow(command, parsed, onEnd);
  try {
    return await promise;
  } finally {
    stop();
    callOff?.();
    signal?.removeEventListener("abort", onAbort);
  }
}
