import { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { createByteLog } from "./byte-log.ts";

export interface OutputOptions {
  readonly maxBytes: number;
  readonly onChunk: ((chunk: Buffer) => unknown) | undefined;
  /** Called once with what `onChunk` has thrown or rejected with; it is not called again. */
  readonly onThrow: (error: unknown) => void;
}

/** Bytes of the end of a stream that are kept, whatever `maxBytes` is: a program says last why it failed. */
const tailBytes = 2 ** 14;

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** Calls the listener chunk by chunk; the stream stands still while a promise of it is open. */
function createTeller(stream: Readable, { onChunk, onThrow }: OutputOptions) {
  let listener = onChunk;
  const fail = (error: unknown) => {
    if (listener === undefined) return;
    listener = undefined;
    onThrow(error);
  };
  let answered: Promise<void> | undefined;
  return {
    tell(chunk: Buffer): void {
      try {
        const told = listener?.(chunk);
        if (!isPromise(told)) return;
        stream.pause();
        answered = Promise.resolve(told).then(() => {}, fail);
        void answered.then(() => stream.resume());
      } catch (error) {
        fail(error);
      }
    },
    /** Resolves when the last call has been answered, which the end of the stream does not wait for. */
    answered: () => answered,
  };
}

/** Reads a stream to its end, keeps the first `maxBytes` and the tail of it and counts the rest. */
export function collectOutput(stream: Readable, options: OutputOptions) {
  const kept = createByteLog();
  const tail = createByteLog();
  let cut = 0;
  const teller = createTeller(stream, options);
  stream.on("data", (chunk: Buffer) => {
    const room = Math.min(chunk.length, options.maxBytes - kept.end);
    // A part that is kept must not keep all of it.
    if (room > 0) kept.append(room === chunk.length ? chunk : Buffer.from(chunk.subarray(0, room)));
    cut += chunk.length - room;
    tail.append(chunk);
    tail.dropBefore(tail.end - tailBytes);
    teller.tell(chunk);
  });
  return {
    ended: finished(stream).then(teller.answered, () => {}), // a stream that broke has said all it could
    bytes: kept.bytes,
    tail: () => tail.bytes().subarray(-tailBytes).toString("utf8"),
    cut: () => cut,
  };
}
