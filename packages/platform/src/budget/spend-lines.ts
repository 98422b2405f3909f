import { SpendCorruptError } from "../errors/budget-errors.ts";
import { formatSpend, parseSpend, type SpendRecord } from "./spend-record.ts";

/**
 * How records lie in a file that several processes append to without a lock: each on a line of its own,
 * after a line that is empty. Its first line end (CR LF, as no record's own is) ends what a killed writer
 * left torn before it, so that the two are never glued together, and marks it as torn: a record that is
 * whole has its own line end (LF). Tools for JSON lines skip the empty ones.
 */
export function frameSpend(record: SpendRecord): Buffer {
  return Buffer.from(`\r\n${formatSpend(record)}\n`);
}

/** Which file the lines are of. */
export interface SpendSource {
  readonly path: string;
  readonly month: string;
  /** Lines before these. */
  readonly linesBefore: number;
}

/** What could be read of a piece of a file. */
export interface SpendLines {
  readonly records: readonly SpendRecord[];
  /** Bytes and lines that need not be read again; what follows may still be being written. */
  readonly bytes: number;
  readonly lines: number;
}

const NEWLINE = 0x0a;

/**
 * Reads the whole lines of a piece that begins at a line's start. Passed over is what no writer was ever
 * told to be stored: a line that another writer had to end, and one with a NUL (what a file system puts
 * where a power cut kept data from being written).
 *
 * @throws SpendCorruptError for any other line that is no record
 */
export function readSpendLines(piece: Buffer, source: SpendSource): SpendLines {
  const records: SpendRecord[] = [];
  let bytes = 0;
  let lines = 0;
  for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, bytes)) {
    const ended = piece.toString("utf8", bytes, end);
    // More than one where a writer was killed after the first byte.
    const line = ended.replace(/\r+$/, "");
    const record = line === "" ? undefined : parseSpend(line, source.month);
    if (record !== undefined) records.push(record);
    else if (line !== "" && !isTorn(line, ended)) throw corrupt(source, lines + 1);
    bytes = end + 1;
    lines += 1;
  }
  return { records, bytes, lines };
}

function isTorn(line: string, ended: string): boolean {
  return line.includes("\0") || (line.startsWith("{") && ended.length > line.length);
}

function corrupt({ path, month, linesBefore }: SpendSource, line: number): SpendCorruptError {
  return new SpendCorruptError(path, linesBefore + line, `it is no record of what was spent in ${month}`);
}
