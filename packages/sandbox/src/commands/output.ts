import { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";

export interface OutputOptions {
  readonly maxBytes: number;
  readonly onChunk: ((chunk: Buffer) => void) | undefined;
  /** Called once with what `onChunk` has thrown; it is not called again. */
  readonly onThrow: (error: unknown) => void;
}

/** Bytes of the end of a stream that are kept, whatever `maxBytes` is: a program says last why it failed. */
const tailBytes = 2 ** 14;

/** Keeps the last bytes of what it is given, and no more than one chunk beside them. */
function createTail() {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    push(chunk: Buffer): void {
      chunks.push(chunk);
      bytes += chunk.length;
      for (
        let first = chunks[0];
        first !== undefined && bytes - first.length >= tailBytes;
        first = chunks[0]
      ) {
        chunks.shift();
        bytes -= first.length;
      }
    },
    text: () => Buffer.concat(chunks).subarray(-tailBytes).toString("utf8"),
  };
}

/** Reads a stream to its end, keeps the first `maxBytes` and the tail of it and counts the rest. */
export function collectOutput(stream: Readable, { maxBytes, onChunk, onThrow }: OutputOptions) {
  const chunks: Buffer[] = [];
  let kept = 0;
  let cut = 0;
  const tail = createTail();
  let listener = onChunk;
  stream.on("data", (chunk: Buffer) => {
    const room = Math.min(chunk.length, maxBytes - kept);
    if (room > 0) chunks.push(room === chunk.length ? chunk : Buffer.from(chunk.subarray(0, room)));
    kept += room;
    cut += chunk.length - room;
    tail.push(chunk);
    try {
      listener?.(chunk);
    } catch (error) {
      listener = undefined;
      onThrow(error);
    }
  });
  return {
    ended: finished(stream).catch(() => {}), // a stream that broke has said all it could
    text: () => Buffer.concat(chunks).toString("utf8"),
    tail: () => tail.text(),
    cut: () => cut,
  };
}
