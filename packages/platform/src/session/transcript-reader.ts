import { TranscriptCorruptError } from "../errors/session-errors.ts";
import { parseEntry, parseHeader, type TranscriptEntry } from "./transcript-entry.ts";

/** What a transcript file holds. */
export interface TranscriptContent {
  /** False for a file that is empty, or that was torn before its first line was whole. */
  readonly hasHeader: boolean;
  readonly entries: readonly TranscriptEntry[];
  /** Length of the whole lines, in bytes; what follows is a torn line. */
  readonly wholeBytes: number;
}

const NEWLINE = 0x0a;

/**
 * Reads a transcript. The last line is torn, not corrupt, when it lacks its newline or holds a NUL
 * (what a file system puts where a power cut kept data from being written): neither can be of an
 * entry that was acknowledged. Any other line that is no entry makes the file corrupt.
 *
 * @throws TranscriptCorruptError
 */
export function readTranscript(path: string, sessionId: string, bytes: Buffer): TranscriptContent {
  const wholeBytes = lengthOfWholeLines(bytes);
  const lines = bytes.toString("utf8", 0, wholeBytes).split("\n").slice(0, -1);
  const [first, ...rest] = lines;
  if (first === undefined) return { hasHeader: false, entries: [], wholeBytes };
  checkHeader(path, sessionId, first);
  const seen = new Set<string>();
  const entries = rest.map((line, index) => readEntry(path, index + 2, line, seen));
  return { hasHeader: true, entries, wholeBytes };
}

function lengthOfWholeLines(bytes: Buffer): number {
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  if (end === 0) return 0;
  const start = end === 1 ? 0 : bytes.lastIndexOf(NEWLINE, end - 2) + 1;
  return bytes.subarray(start, end).includes(0) ? start : end;
}

function checkHeader(path: string, sessionId: string, line: string): void {
  const header = parseHeader(parseLine(path, 1, line));
  if (header === undefined)
    throw new TranscriptCorruptError(path, 1, "it is not a session header of version 3");
  // On a file system that folds case, session "A" would otherwise go on in the file of "a".
  if (header.id !== sessionId) {
    throw new TranscriptCorruptError(path, 1, `it belongs to session ${JSON.stringify(header.id)}`);
  }
}

function readEntry(path: string, number: number, line: string, seen: Set<string>): TranscriptEntry {
  const entry = parseEntry(parseLine(path, number, line));
  if (entry === undefined) throw new TranscriptCorruptError(path, number, "it is not a session entry");
  if (entry.parentId !== null && !seen.has(entry.parentId)) {
    throw new TranscriptCorruptError(path, number, `its parent "${entry.parentId}" does not stand before it`);
  }
  if (seen.has(entry.id))
    throw new TranscriptCorruptError(path, number, `its id "${entry.id}" is used before`);
  seen.add(entry.id);
  return entry;
}

function parseLine(path: string, number: number, line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new TranscriptCorruptError(path, number, "it is not JSON", error);
  }
}
