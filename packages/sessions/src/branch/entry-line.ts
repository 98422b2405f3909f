import type { StoredLine } from "../driver.ts";
import { parseEntry, parseHeader, type SessionEntry } from "../entries.ts";
import { TranscriptCorruptError } from "../errors.ts";
import { parseJson } from "../parse-json.ts";

/** The line that an entry is stored as, in pi's order of fields. */
export function entryLine({ type, id, parentId, timestamp, ...rest }: SessionEntry): string {
  return JSON.stringify({ type, id, parentId, timestamp, ...rest });
}

/**
 * The entry that a line holds. The header holds none, and neither does a line that is corrupt.
 *
 * @throws TranscriptCorruptError when the line stands where the header should
 */
export function entryIn({ text, offset }: StoredLine, sessionId: string): SessionEntry | undefined {
  const value = parseJson(text);
  if (offset !== 0) return parseEntry(value);
  if (parseHeader(value) === undefined)
    throw new TranscriptCorruptError(sessionId, 1, "it is not a session header of version 3");
  return undefined;
}
