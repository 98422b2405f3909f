import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { SpendCorruptError } from "../errors/budget-errors.ts";
import { errorCode } from "../state/io-error.ts";
import { readSpendLines } from "./spend-lines.ts";
import { SpendSums } from "./spend-sums.ts";

/** Much longer than any record, and a file of a busy month in few reads. */
const PIECE_BYTES = 1024 * 1024;

export function monthPath(directory: string, month: string): string {
  return join(directory, `${month}.jsonl`);
}

/**
 * Follows the file of one month, which this and other processes append to: each look reads what is new
 * only. A file that was replaced, or has become shorter, is read anew from its beginning.
 */
export class MonthFile {
  readonly month: string;
  readonly #path: string;
  #sums = new SpendSums();
  /** Which file the sums are of. */
  #id: string | undefined;
  #bytes = 0;
  #lines = 0;

  constructor(directory: string, month: string) {
    this.month = month;
    this.#path = monthPath(directory, month);
  }

  /**
   * The sums of all that is in the file now. A file that is not there holds nothing.
   *
   * @throws SpendCorruptError
   */
  async read(): Promise<SpendSums> {
    try {
      const file = await open(this.#path, "r");
      try {
        await this.#follow(file);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (errorCode(error) === "ENOENT") this.#restart(undefined);
      else if (error instanceof SpendCorruptError) throw error;
      else throw new SpendCorruptError(this.#path, undefined, "it cannot be read; see the cause", error);
    }
    return this.#sums;
  }

  async #follow(file: FileHandle): Promise<void> {
    const { dev, ino, birthtimeNs, size } = await file.stat({ bigint: true });
    const id = `${dev}/${ino}/${birthtimeNs}`;
    if (id !== this.#id || size < this.#bytes) this.#restart(id);
    if (size === BigInt(this.#bytes)) return;
    const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Number(size) - this.#bytes));
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#bytes);
      const advanced = bytesRead > 0 && this.#take(buffer.subarray(0, bytesRead));
      if (bytesRead < PIECE_BYTES) return;
      if (!advanced) throw new SpendCorruptError(this.#path, this.#lines + 1, "it is too long for a record");
    }
  }

  /** Nothing is added before the whole piece is known to be sound, so that none is added twice. */
  #take(piece: Buffer): boolean {
    const source = { path: this.#path, month: this.month, linesBefore: this.#lines };
    const { records, bytes, lines } = readSpendLines(piece, source);
    for (const record of records) this.#sums.add(record);
    this.#bytes += bytes;
    this.#lines += lines;
    return bytes > 0;
  }

  #restart(id: string | undefined): void {
    this.#sums = new SpendSums();
    this.#id = id;
    this.#bytes = 0;
    this.#lines = 0;
  }
}
