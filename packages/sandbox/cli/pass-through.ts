import type { Readable, Writable } from "node:stream";
import { finished } from "node:stream/promises";
import type { CommandHandle } from "#sandbox";

/** As much of the end of standard error as tells why a program has failed. */
const tailBytes = 2 ** 14;

export interface Passing {
  /** Resolves when all output has been passed on, or nobody takes it any more. */
  readonly ended: Promise<void>;
  lastErrors(): string;
}

/** Joins a command's streams to this process's own. A slow reader stops the command; a reader that goes ends its output. */
export function passThrough(handle: CommandHandle): Passing {
  const { stdin } = process;
  const tail = keepTail(handle.stderr);
  stdin.on("error", () => handle.stdin.end()); // such as a directory, which has nothing to read
  handle.stdin.on("close", () => stdin.destroy());
  stdin.pipe(handle.stdin);
  const ended = Promise.all([
    passOn(handle.stdout, process.stdout),
    passOn(handle.stderr, process.stderr),
  ]).then(() => {
    stdin.destroy(); // which else keeps this process
  });
  return { ended, lastErrors: () => tail().toString("utf8") };
}

async function passOn(source: Readable, target: Writable): Promise<void> {
  // Nobody reads any more: so the command is told, by SIGPIPE.
  target.once("error", () => source.destroy());
  source.pipe(target, { end: false });
  await finished(source).catch(() => {});
  if (target.writableLength > 0 && !target.destroyed)
    await new Promise<void>((resolve) => {
      target.once("error", () => resolve());
      target.write("", () => resolve());
    });
}

function keepTail(stream: Readable): () => Buffer {
  let tail: Buffer = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    tail = chunk.length >= tailBytes ? chunk : Buffer.concat([tail, chunk]).subarray(-tailBytes);
  });
  return () => tail.subarray(-tailBytes);
}
