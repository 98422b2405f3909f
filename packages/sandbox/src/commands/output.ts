import { Buffer } from "node:buffer";
import type { Readable } from "node:stream";

/** Keeps the first `maxBytes` of a stream and counts the rest. */
export function collectOutput(
  stream: Readable,
  maxBytes: number,
  onChunk: ((chunk: Buffer) => void) | undefined,
) {
  const chunks: Buffer[] = [];
  let kept = 0;
  let cut = 0;
  stream.on("data", (chunk: Buffer) => {
    const room = Math.min(chunk.length, maxBytes - kept);
    if (room > 0) chunks.push(room === chunk.length ? chunk : Buffer.from(chunk.subarray(0, room)));
    kept += room;
    cut += chunk.length - room;
    onChunk?.(chunk);
  });
  return { text: () => Buffer.concat(chunks).toString("utf8"), cut: () => cut };
}
