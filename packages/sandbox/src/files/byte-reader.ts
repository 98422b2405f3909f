import { Buffer } from "node:buffer";
import { archiveError } from "./file-error.ts";

/** Bytes of a stream, in pieces of the size that is asked for. */
export interface ByteReader {
  /** So many bytes; fewer at the end. */
  take(bytes: number): Promise<Buffer>;
  /** At least one byte and at most so many; none at the end. */
  some(max: number): Promise<Buffer>;
  close(): Promise<void>;
}

export function createByteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = source[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  async function fill(): Promise<boolean> {
    while (held.length === 0) {
      const next = await iterator.next();
      if (next.done) return false;
      if (!(next.value instanceof Uint8Array))
        throw archiveError("its stream gives something else than bytes");
      held = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    return true;
  }
  async function some(max: number): Promise<Buffer> {
    if (!(await fill())) return Buffer.alloc(0);
    const piece = held.subarray(0, max);
    held = held.subarray(piece.length);
    return piece;
  }
  return {
    some,
    async take(bytes) {
      const pieces: Buffer[] = [];
      for (let left = bytes; left > 0; ) {
        const piece = await some(left);
        if (piece.length === 0) break;
        pieces.push(piece);
        left -= piece.length;
      }
      return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    },
    async close() {
      await iterator.return?.();
    },
  };
}
