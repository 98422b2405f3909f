import { type FileHandle, open } from "node:fs/promises";
import type { StoredLine } from "../driver.ts";

/** A part of a file: from a byte on, up to a byte that is no part of it. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

const NEWLINE = 0x0a;
const PIECE_BYTES = 64 * 1024;

/**
 * Longer lines have no text: a file of another program's may hold one that is larger than memory, or than any string.
 * No entry is so long, see `append`.
 */
export const MAX_LINE_BYTES = 256 * 1024 * 1024;

/**
 * The lines of a part of a file, first to last. What follows the last newline is no line. Holds one piece of
 * the file and one line in memory.
 */
export async function* readLines(file: FileHandle, { from, to }: ByteRange): AsyncGenerator<StoredLine> {
  let offset = from;
  let begun = newLine();
  for (let at = from; at < to; ) {
    const piece = await readPiece(file, { from: at, to: Math.min(to, at + PIECE_BYTES) });
    if (piece.length === 0) return;
    at += piece.length;
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, start)) {
      keep(begun, piece.subarray(start, end), "push");
      yield { offset, text: textOf(begun) };
      begun = newLine();
      start = end + 1;
      offset = at - piece.length + start;
    }
    if (start < piece.length) keep(begun, piece.subarray(start), "push");
  }
}

/** The lines of a part of a file that ends with a newline, last to first, as far as the reader goes. */
export async function* readLinesBackward(path: string, { from, to }: ByteRange): AsyncGenerator<StoredLine> {
  if (to <= from) return;
  await using file = await open(path, "r");
  let begun = newLine();
  // The newline at the end of the part belongs to the last line.
  for (let at = to - 1; at > from; ) {
    const piece = await readPiece(file, { from: Math.max(from, at - PIECE_BYTES), to: at });
    if (piece.length === 0) return;
    at -= piece.length;
    let end = piece.length;
    for (let start = lastNewlineOf(piece, end); start !== -1; start = lastNewlineOf(piece, end)) {
      keep(begun, piece.subarray(start + 1, end), "unshift");
      yield { offset: at + start + 1, text: textOf(begun) };
      begun = newLine();
      end = start;
    }
    if (end > 0) keep(begun, piece.subarray(0, end), "unshift");
  }
  yield { offset: from, text: textOf(begun) };
}

/** Where the whole lines of a part end: after its last newline, or at its beginning. */
export async function endOfLines(file: FileHandle, { from, to }: ByteRange): Promise<number> {
  for (let at = to; at > from; ) {
    const piece = await readPiece(file, { from: Math.max(from, at - PIECE_BYTES), to: at });
    if (piece.length === 0) return from;
    at -= piece.length;
    const newline = piece.lastIndexOf(NEWLINE);
    if (newline !== -1) return at + newline + 1;
  }
  return from;
}

/** Whether a part of a file holds a byte. */
export async function holdsByte(file: FileHandle, byte: number, { from, to }: ByteRange): Promise<boolean> {
  for (let at = from; at < to; ) {
    const piece = await readPiece(file, { from: at, to: Math.min(to, at + PIECE_BYTES) });
    if (piece.length === 0) return false;
    if (piece.includes(byte)) return true;
    at += piece.length;
  }
  return false;
}

/** All bytes of a part that is small enough for memory; fewer where the file ends before. */
export async function readPiece(file: FileHandle, { from, to }: ByteRange): Promise<Buffer> {
  const piece = Buffer.allocUnsafe(to - from);
  let read = 0;
  while (read < piece.length) {
    const { bytesRead } = await file.read(piece, read, piece.length - read, from + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return piece.subarray(0, read);
}

function lastNewlineOf(piece: Buffer, before: number): number {
  // A negative position would be counted from the end.
  return before === 0 ? -1 : piece.lastIndexOf(NEWLINE, before - 1);
}

/** A line, as far as it was read. */
interface BegunLine {
  readonly pieces: Buffer[];
  bytes: number;
}

function newLine(): BegunLine {
  return { pieces: [], bytes: 0 };
}

function keep(line: BegunLine, piece: Buffer, end: "push" | "unshift"): void {
  line.bytes += piece.length;
  if (line.bytes > MAX_LINE_BYTES) line.pieces.length = 0;
  else line.pieces[end](piece);
}

function textOf({ pieces }: BegunLine): string {
  const [only] = pieces;
  return only !== undefined && pieces.length === 1
    ? only.toString("utf8")
    : Buffer.concat(pieces).toString("utf8");
}
