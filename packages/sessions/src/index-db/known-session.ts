import { stat } from "node:fs/promises";
import { parseEntry } from "../entries.ts";
import { errorCode, storeError, unlessGone } from "../files/io-error.ts";
import { readLinesBackward } from "../files/lines.ts";
import type { TranscriptPlace } from "../files/transcript-check.ts";
import { scanInfo } from "../files/transcript-reading.ts";
import { parseJson } from "../parse-json.ts";
import type { KnownSession } from "./rows.ts";

/**
 * What is known of a session now. A file whose length and time of change are those of the row is not read; one that
 * has grown is read from where the row ends.
 *
 * @param row what was known of it
 * @returns undefined when there is no such session; the row itself where it holds
 * @throws TranscriptCorruptError, SessionStoreError
 */
export async function learnSession(
  place: TranscriptPlace,
  row?: KnownSession,
): Promise<KnownSession | undefined> {
  const file = await fileState(place.path);
  if (file === undefined) return undefined;
  if (row !== undefined && row.modified === file.modified && row.bytes === file.size) return row;
  const prefix = row !== undefined && (await isPrefix(place.path, row)) ? row : undefined;
  const scanned = await scanInfo(place, prefix);
  return scanned === undefined ? undefined : { ...scanned, modified: file.modified };
}

/** @returns undefined when there is no file */
export async function fileState(path: string): Promise<{ size: number; modified: number } | undefined> {
  try {
    const found = await stat(path).catch(unlessGone);
    return found === undefined ? undefined : { size: found.size, modified: found.mtimeMs };
  } catch (error) {
    throw storeError(`cannot read transcript ${path}`, error);
  }
}

/**
 * Whether what a row knows is what the file begins with: the last line of it has the id that it should have, which was
 * drawn by lot. A file that another program wrote anew has another one there.
 */
async function isPrefix(path: string, { info, bytes }: KnownSession): Promise<boolean> {
  if (info.leafId === null) return false;
  try {
    for await (const { text } of readLinesBackward(path, { from: 0, to: bytes }))
      return parseEntry(parseJson(text))?.id === info.leafId;
  } catch (error) {
    // Deleted meanwhile; what else there may be wrong with it, reading it tells.
    if (errorCode(error) === undefined) throw error;
  }
  return false;
}
