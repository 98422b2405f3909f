import { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";

export interface OutputOptions {
  readonly maxBytes: number;
  readonly onChunk: ((chunk: Buffer) => void) | undefined;
  /** Called once with what `onChunk` has thrown; it is not called again. */
  readonly onThrow: (error: unknown) => void;
}

/** Reads a stream to its end, keeps the first `maxBytes` of it and counts the rest. */
export function collectOutput(stream: Readable, { maxBytes, onChunk, onThrow }: OutputOptions) {
  const chunks: Buffer[] = [];
  let kept = 0;
  let cut = 0;
  let listener = onChunk;
  stream.on("data", (chunk: Buffer) => {
    const room = Math.min(chunk.length, maxBytes - kept);
    if (room > 0) chunks.push(room === chunk.length ? chunk : Buffer.from(chunk.subarray(0, room)));
    kept += room;
    cut += chunk.length - room;
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
    cut: () => cut,
  };
}
