import { Buffer } from "node:buffer";
import { ChannelFrameTooLargeError } from "./errors.ts";

const NEWLINE = 0x0a;
/** A buffer up to this size is kept for the next frame; a larger one is given back when its frame is done. */
const KEPT_BYTES = 64 * 1024;
const EMPTY = Buffer.alloc(0);

/**
 * Cuts a byte stream into frames at newlines. Holds one chunk and one unfinished frame, never more than
 * `maxFrameBytes` of it: an unfinished frame is copied into one growing buffer, so that a peer which sends a
 * byte at a time does not cost a Buffer object a byte.
 */
export class FrameReader {
  readonly #maxFrameBytes: number;
  #chunk: Buffer = EMPTY;
  #offset = 0;
  #partial: Buffer = EMPTY;
  #partialBytes = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Bytes of the frame whose newline has not come. */
  get partialBytes(): number {
    return this.#partialBytes;
  }

  clear(): void {
    this.#chunk = EMPTY;
    this.#partial = EMPTY;
    this.#offset = 0;
    this.#partialBytes = 0;
  }

  push(chunk: Buffer): void {
    const left = this.#chunk.subarray(this.#offset);
    this.#chunk = left.length === 0 ? chunk : Buffer.concat([left, chunk]);
    this.#offset = 0;
  }

  /**
   * The next whole frame without its newline, or undefined when more bytes are needed. It is a view that
   * the next call may overwrite. Throws {@link ChannelFrameTooLargeError} before it stores too much.
   */
  next(): Buffer | undefined {
    const end = this.#chunk.indexOf(NEWLINE, this.#offset);
    const piece = this.#chunk.subarray(this.#offset, end === -1 ? undefined : end);
    if (this.#partialBytes + piece.length > this.#maxFrameBytes) {
      throw new ChannelFrameTooLargeError(`the peer sent a frame of over ${this.#maxFrameBytes} bytes`);
    }
    if (end === -1) {
      this.#append(piece);
      this.#chunk = EMPTY;
      this.#offset = 0;
      return undefined;
    }
    this.#offset = end + 1;
    return this.#partialBytes === 0 ? piece : this.#finish(piece);
  }

  #finish(piece: Buffer): Buffer {
    this.#append(piece);
    const frame = this.#partial.subarray(0, this.#partialBytes);
    this.#partialBytes = 0;
    if (this.#partial.length > KEPT_BYTES) this.#partial = EMPTY;
    return frame;
  }

  #append(piece: Buffer): void {
    const needed = this.#partialBytes + piece.length;
    if (needed > this.#partial.length) {
      const doubled = Math.min(Math.max(needed, 2 * this.#partial.length, 1024), this.#maxFrameBytes);
      const grown = Buffer.allocUnsafeSlow(doubled);
      this.#partial.copy(grown, 0, 0, this.#partialBytes);
      this.#partial = grown;
    }
    piece.copy(this.#partial, this.#partialBytes);
    this.#partialBytes = needed;
  }
}
