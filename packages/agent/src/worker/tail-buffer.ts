/**
 * The last bytes of an endless stream. Holds at most twice `keepBytes`, in one buffer however small the
 * pieces are, and moves what it holds only once in `keepBytes` bytes.
 */
export class TailBuffer {
  readonly #keepBytes: number;
  #buffer = Buffer.alloc(0);
  #used = 0;

  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes;
  }

  /** What is held; a view that the next `push` may overwrite. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#used);
  }

  push(chunk: Buffer): void {
    const piece = chunk.subarray(Math.max(0, chunk.length - this.#keepBytes));
    // What was held does not join on to a piece whose start was cut off.
    if (piece.length < chunk.length) this.#used = 0;
    if (this.#used + piece.length > 2 * this.#keepBytes) {
      this.#buffer.copyWithin(0, this.#used - this.#keepBytes, this.#used);
      this.#used = this.#keepBytes;
    }
    this.#reserve(this.#used + piece.length);
    piece.copy(this.#buffer, this.#used);
    this.#used += piece.length;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(
      Math.min(Math.max(bytes, 2 * this.#buffer.length), 2 * this.#keepBytes),
    );
    this.#buffer.copy(grown, 0, 0, this.#used);
    this.#buffer = grown;
  }
}
