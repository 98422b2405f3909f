import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Repair, StoredLine } from "../driver.ts";
import { parseEntry } from "../entries.ts";
import { SessionNotFoundError } from "../errors.ts";
import { infoFold, infoOfHeader, type SessionInfo } from "../info.ts";
import { parseJson } from "../parse-json.ts";
import { keepAside } from "./aside.ts";
import { storeError, unlessGone } from "./io-error.ts";
import { readLines, readLinesBackward } from "./lines.ts";
import {
  examineTranscript,
  readHeader,
  type TranscriptPlace,
  type TranscriptShape,
} from "./transcript-check.ts";

/** What is known of a session, and of how much of its transcript. */
export interface ScannedInfo {
  readonly info: SessionInfo;
  /** The whole lines that it was made of, in bytes. */
  readonly bytes: number;
}

/**
 * What a transcript is now; the file stays as it is.
 *
 * @returns undefined when there is no file
 * @throws TranscriptCorruptError, SessionStoreError
 */
export function shapeOfTranscript(place: TranscriptPlace): Promise<TranscriptShape | undefined> {
  return look(place, (file) => examineTranscript(file, place));
}

/**
 * On a file system that folds case, the file of "A" is that of session "a": it is not to be removed as another
 * one's. A file that is damaged is nobody else's.
 *
 * @throws TranscriptCorruptError when the file begins with the header of another session; SessionStoreError
 */
export async function refuseOfAnother(place: TranscriptPlace): Promise<void> {
  await look(place, async (file) => {
    const stat = await file.stat();
    if (stat.isFile()) await readHeader(file, place, stat.size);
  });
}

async function look<T>(
  place: TranscriptPlace,
  use: (file: FileHandle) => Promise<T>,
): Promise<T | undefined> {
  const file = await openToRead(place);
  if (file === undefined) return undefined;
  try {
    return await use(file);
  } catch (error) {
    throw unreadable(place, error);
  } finally {
    await file.close();
  }
}

/** Opening a named pipe would otherwise wait for somebody who writes to it. */
async function openToRead(place: TranscriptPlace): Promise<FileHandle | undefined> {
  try {
    return await open(place.path, constants.O_RDONLY | constants.O_NONBLOCK).catch(unlessGone);
  } catch (error) {
    throw unreadable(place, error);
  }
}

function unreadable({ path }: TranscriptPlace, error: unknown): unknown {
  return storeError(`cannot read transcript ${path}`, error);
}

/**
 * The whole lines of a transcript, first to last, as it was when the reading began: it may be deleted meanwhile.
 *
 * @throws SessionNotFoundError, TranscriptCorruptError, SessionStoreError
 */
export async function* readTranscript(place: TranscriptPlace): AsyncGenerator<StoredLine> {
  const file = await openToRead(place);
  if (file === undefined) throw new SessionNotFoundError(place.id);
  try {
    const { header, whole } = await examineTranscript(file, place);
    if (header === undefined) throw new SessionNotFoundError(place.id);
    yield* readLines(file, { from: 0, to: whole });
  } catch (error) {
    throw unreadable(place, error);
  } finally {
    await file.close();
  }
}

/**
 * Learns what is known of a session from its whole transcript, or from what came after the part that is known
 * already. Lines that are no entries are passed over.
 *
 * @returns undefined when there is no file, or nothing in it
 * @throws TranscriptCorruptError, SessionStoreError
 */
export async function scanInfo(
  place: TranscriptPlace,
  known?: ScannedInfo,
): Promise<ScannedInfo | undefined> {
  return look(place, async (file) => {
    const { header, whole } = await examineTranscript(file, place);
    if (header === undefined) return undefined;
    const fits = known !== undefined && known.bytes <= whole;
    const fold = infoFold(fits ? known.info : infoOfHeader(header));
    const from = fits ? known.bytes : 0;
    for await (const { text, offset } of readLines(file, { from, to: whole })) {
      const entry = offset === 0 ? undefined : parseEntry(parseJson(text));
      if (entry !== undefined) fold.add(entry);
    }
    return { info: fold.info, bytes: whole };
  });
}

/**
 * The lines of the first `bytes` of a transcript, last to first. A line that is no entry is passed over: it
 * stays where it is, is copied aside once, and is told in `repairs`.
 */
export async function* readGoodLinesBackward(
  { path }: TranscriptPlace,
  bytes: number,
  repairs: Repair[],
): AsyncGenerator<StoredLine> {
  let next = bytes;
  for await (const line of readLinesBackward(path, { from: 0, to: bytes })) {
    const part = { from: line.offset, to: next };
    next = line.offset;
    if (line.offset === 0 || parseEntry(parseJson(line.text)) !== undefined) yield line;
    else if (!repairs.some(({ offset }) => offset === line.offset)) {
      // The line stays in the transcript, so nothing is lost when there is no room for a copy of it.
      const keptAt = await keepAside(path, `corrupt-${part.from}`, part).catch(() => undefined);
      const reason = "the line is no entry of a session";
      repairs.push({ kind: "corrupt", offset: part.from, bytes: part.to - part.from, keptAt, reason });
    }
  }
}
