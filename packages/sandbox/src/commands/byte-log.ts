import { Buffer } from "node:buffer";

/** A part of the log. Bytes are only ever added to it, so readers may hold views of it. */
interface Block {
  /** Bytes of the log that came before. */
  readonly at: number;
  readonly bytes: Buffer;
  used: number;
}

/** Chunks below this size are copied together: a Buffer itself takes some hundred bytes. */
const smallBytes = 2 ** 12;
const blockBytes = 2 ** 13;

/** Bytes in their order, of which the oldest can be dropped; takes no more than twice their memory. */
export interface ByteLog {
  /** Position of the oldest byte that is kept, and of the next one to come. */
  readonly start: number;
  readonly end: number;
  append(chunk: Buffer): void;
  /** Drops what lies before a position, as far as whole blocks go. */
  dropBefore(position: number): void;
  /** What is kept from a position on, up to the end of a block; undefined where there is nothing. */
  pieceAt(position: number): Buffer | undefined;
  /** All that is kept. */
  bytes(): Buffer;
}

export function createByteLog(): ByteLog {
  const blocks: Block[] = [];
  let end = 0;
  return {
    get start() {
      return blocks[0]?.at ?? end;
    },
    get end() {
      return end;
    },
    append(chunk) {
      const last = blocks.at(-1);
      if (last !== undefined && last.bytes.length - last.used >= chunk.length) {
        chunk.copy(last.bytes, last.used);
        last.used += chunk.length;
      } else if (chunk.length < smallBytes) {
        const bytes = Buffer.allocUnsafeSlow(blockBytes);
        chunk.copy(bytes);
        blocks.push({ at: end, bytes, used: chunk.length });
      } else blocks.push({ at: end, bytes: chunk, used: chunk.length });
      end += chunk.length;
    },
    dropBefore(position) {
      let gone = 0;
      for (const { at, used } of blocks) {
        if (at + used > position) break;
        gone++;
      }
      if (gone > 0) blocks.splice(0, gone);
    },
    pieceAt(position) {
      const block = blocks.findLast(({ at }) => at <= position);
      return block === undefined || block.at + block.used <= position
        ? undefined
        : block.bytes.subarray(position - block.at, block.used);
    },
    bytes: () => Buffer.concat(blocks.map(({ bytes, used }) => bytes.subarray(0, used))),
  };
}
