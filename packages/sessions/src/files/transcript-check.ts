import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Repair } from "../driver.ts";
import { parseHeader, type SessionHeader } from "../entries.ts";
import { TranscriptCorruptError } from "../errors.ts";
import { parseJson } from "../parse-json.ts";
import { keepAside } from "./aside.ts";
import { endOfLines, holdsByte, readPiece } from "./lines.ts";

/** Which file is looked at, and whose transcript it should be. */
export interface TranscriptPlace {
  readonly path: string;
  readonly id: string;
}

/** What a transcript is, as far as one look at its first and its last line tells. */
export interface TranscriptShape {
  /** Undefined for a file that holds nothing, or only a torn header. */
  readonly header: SessionHeader | undefined;
  /** Bytes of the whole lines. */
  readonly whole: number;
  /** Bytes of the file: what follows the whole lines is torn. */
  readonly size: number;
}

/** No header is longer: it holds an id, a time and two paths. */
const HEADER_BYTES = 64 * 1024;

/** How this package, and pi, begin a file. */
const BEGINNING = '{"type":"session"';

/**
 * Looks at an open transcript. Its last line is torn when it lacks its newline, or holds a NUL, which is what a
 * file system puts where a power cut kept data from being written.
 *
 * @throws TranscriptCorruptError when the file is no transcript, or another session's
 */
export async function examineTranscript(file: FileHandle, place: TranscriptPlace): Promise<TranscriptShape> {
  const stat = await file.stat();
  if (!stat.isFile()) throw new TranscriptCorruptError(place.path, 1, "it is no regular file");
  const { size } = stat;
  let whole = await endOfLines(file, { from: 0, to: size });
  while (whole > 0) {
    const start = await endOfLines(file, { from: 0, to: whole - 1 });
    if (!(await holdsByte(file, 0, { from: start, to: whole }))) break;
    whole = start;
  }
  const header = whole === 0 ? undefined : await readHeader(file, place, size);
  if (header === undefined && size > 0) {
    const head = await readPiece(file, { from: 0, to: Math.min(size, HEADER_BYTES) });
    if (whole > 0) throw new TranscriptCorruptError(place.path, 1, whyNoHeader(firstLineIn(head)));
    refuseUnlessTornHeader(head, size, place);
  }
  return { header, whole, size };
}

/**
 * @param size of the file, in bytes
 * @returns undefined when the file does not begin with a header
 * @throws TranscriptCorruptError when it is another session's
 */
export async function readHeader(
  file: FileHandle,
  { path, id }: TranscriptPlace,
  size: number,
): Promise<SessionHeader | undefined> {
  const head = await readPiece(file, { from: 0, to: Math.min(size, HEADER_BYTES) });
  const header = parseHeader(firstLineIn(head));
  // On a file system that folds case, session "A" would otherwise go on in the file of "a".
  if (header !== undefined && header.id !== id)
    throw new TranscriptCorruptError(path, 1, `it belongs to session ${JSON.stringify(header.id)}`);
  return header;
}

function firstLineIn(head: Buffer): unknown {
  const end = head.indexOf("\n");
  return end === -1 ? undefined : parseJson(head.toString("utf8", 0, end));
}

/** Headers of pi's version 1 name no version. */
function whyNoHeader(line: unknown): string {
  const isSession = typeof line === "object" && line !== null && "type" in line && line.type === "session";
  if (!isSession) return "it is not a session header of version 3";
  const version = "version" in line ? line.version : 1;
  if (version === 3) return "it is a session header that lacks its id or time";
  return `it is a session header of version ${JSON.stringify(version)}, not 3 (pi rewrites older files that it opens)`;
}

/** A file that was never a transcript is not to be taken for one whose beginning was cut off. */
function refuseUnlessTornHeader(head: Buffer, size: number, { path }: TranscriptPlace): void {
  const nul = head.indexOf(0);
  const text = head.toString("utf8", 0, nul === -1 ? undefined : nul);
  const short = nul !== -1 || size < HEADER_BYTES;
  if (short && text.slice(0, BEGINNING.length) === BEGINNING.slice(0, text.length)) return;
  throw new TranscriptCorruptError(path, 1, "it is not a session header of version 3");
}

/**
 * Copies a torn end aside, and then cuts it off. A kill in between leaves a copy too many, and loses nothing.
 */
export async function setTornAside(
  { path }: TranscriptPlace,
  { whole, size }: TranscriptShape,
): Promise<Repair> {
  const keptAt = await keepAside(path, `torn-${randomUUID()}`, { from: whole, to: size });
  await using file = await open(path, constants.O_WRONLY);
  await file.truncate(whole);
  await file.datasync();
  const reason = "the last line was not written whole";
  return { kind: "torn", offset: whole, bytes: size - whole, keptAt, reason };
}
