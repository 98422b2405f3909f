import { SpendCorruptError } from "../errors/budget-errors.ts";
import { formatSpend, parseSpend, type SpendRecord } from "./spend-record.ts";

/**
 * How records lie in a file that several processes append to without a lock: each between two newlines.
 * So a record that a killed writer left torn is ended by the next one's first newline, never glued to
 * it, and is known as torn: of whole records, an empty line follows. Tools for JSON lines skip those.
 */
export function frameSpend(record: SpendRecord): Buffer {
  return Buffer.from(`\n${formatSpend(record)}\n`);
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
 * told to be stored: a line that stops in its middle where the next writer's begins, and one with a NUL
 * (what a file system puts where a power cut kept data from being written).
 *
 * @throws SpendCorruptError for any other line that is no record
 */
export function readSpendLines(piece: Buffer, source: SpendSource): SpendLines {
  const records: SpendRecord[] = [];
  let bytes = 0;
  let lines = 0;
  for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, bytes)) {
    const line = piece.toString("utf8", bytes, end);
    const record = line === "" ? undefined : parseSpend(line, source.month);
    if (record !== undefined) records.push(record);
    else if (line !== "" && !line.includes("\0")) {
      const next = piece[end + 1];
      const unfinished = line.startsWith("{") && !line.endsWith("}");
      // A torn line, and the next writer's record is just being written behind it.
      if (unfinished && next === undefined) break;
      if (!unfinished || next === NEWLINE) throw corrupt(source, lines + 1);
    }
    bytes = end + 1;
    lines += 1;
  }
  return { records, bytes, lines };
}

function corrupt({ path, month, linesBefore }: SpendSource, line: number): SpendCorruptError {
  return new SpendCorruptError(path, linesBefore + line, `it is no record of what was spent in ${month}`);
}
