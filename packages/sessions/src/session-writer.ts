import { randomBytes } from "node:crypto";
import { entryLine } from "./branch/entry-line.ts";
import type { SessionLog } from "./driver.ts";
import { type NewEntry, parseEntry, type SessionEntry, type SessionHeader } from "./entries.ts";
import { SessionClosedError, SessionEntryError } from "./errors.ts";
import { MAX_LINE_BYTES } from "./files/lines.ts";
import { infoFold, infoOfHeader, type SessionInfo } from "./info.ts";

/** Makes entries of what is to be added to a session, and keeps what is known of it. */
export interface SessionWriter {
  readonly info: SessionInfo;
  /**
   * Adds entries, each the child of the one before, or none.
   *
   * @param parentId of the first one; default: the last entry
   * @throws SessionEntryError, SessionClosedError; nothing was added then
   */
  add(news: readonly NewEntry[], parentId?: string | null): Added;
  /** Adds entries as they are. */
  store(entries: readonly StoredEntry[]): Promise<void>;
  /** Waits for what was added, and gives the session free. */
  close(): Promise<void>;
}

/** An entry and the line that holds it. */
export interface StoredEntry {
  readonly entry: SessionEntry;
  readonly line: string;
}

export interface Added {
  readonly entries: readonly SessionEntry[];
  /** Resolves when they survive a kill and a power cut; see `SessionLog.append`. */
  readonly stored: Promise<void>;
}

export interface WriterParts {
  readonly id: string;
  readonly log: SessionLog;
  /** For a session that is not there yet. */
  readonly header: SessionHeader;
}

/** @param parts of a log that nobody else uses */
export function createSessionWriter({ id, log, header }: WriterParts): SessionWriter {
  let info = log.info ?? infoOfHeader(header);
  let pendingHeader = log.info === undefined;
  let closed = false;
  const store = (made: readonly StoredEntry[]): Promise<void> => {
    if (closed) throw new SessionClosedError(`session "${id}"`);
    if (made.length === 0) return Promise.resolve();
    const lines = pendingHeader ? [JSON.stringify(header)] : [];
    pendingHeader = false;
    const fold = infoFold(info);
    for (const { entry, line } of made) {
      fold.add(entry);
      lines.push(line);
    }
    info = fold.info;
    return log.append(lines, info);
  };
  return {
    get info() {
      return info;
    },
    add: (news, parentId = info.leafId) => {
      let parent = parentId;
      const made = news.map((content) => {
        const entry = newEntry(content, parent);
        parent = entry.entry.id;
        return entry;
      });
      return { entries: made.map(({ entry }) => entry), stored: store(made) };
    },
    store: async (entries) => store(entries),
    close: async () => {
      closed = true;
      await log.close();
    },
  };
}

/**
 * What is to be added, as a list.
 *
 * @throws SessionEntryError for what is neither an entry nor a list
 */
export function newEntriesIn(added: NewEntry | readonly NewEntry[]): readonly NewEntry[] {
  if (typeof added !== "object" || added === null) throw new SessionEntryError(NO_ENTRY);
  const news = "type" in added ? [added] : added;
  if (!Array.isArray(news) || news.some((entry: unknown) => typeof entry !== "object" || entry === null))
    throw new SessionEntryError(NO_ENTRY);
  return news;
}

const NO_ENTRY = "what is to be added is no entry and no list of entries; see NewEntry";

function newEntry(content: NewEntry, parentId: string | null): StoredEntry {
  const entry: SessionEntry = { ...content, id: entryId(), parentId, timestamp: new Date().toISOString() };
  const line = lineOf(entry);
  if (line.length > MAX_LINE_BYTES / 4 && Buffer.byteLength(line) > MAX_LINE_BYTES)
    throw new SessionEntryError(
      `an entry of type "${entry.type}" is longer than ${MAX_LINE_BYTES} bytes, which no reader would take; store what is in it elsewhere`,
    );
  const parsed = parseEntry(JSON.parse(line));
  const type: string = content.type;
  // A transcript must never get a line that its next reader takes for damage, or passes over. The line itself is
  // looked at: what an object says it is and what becomes of it in JSON can differ.
  if (parsed === undefined || parsed.type !== type || type === "other")
    throw new SessionEntryError(
      `an entry of type ${JSON.stringify(content.type)} lacks a field or has one of the wrong kind; see NewEntry`,
    );
  return { entry, line };
}

function lineOf(entry: SessionEntry): string {
  try {
    return entryLine(entry);
  } catch (error) {
    throw new SessionEntryError(`an entry of type "${entry.type}" holds what JSON cannot hold`, error);
  }
}

/** Sixteen hexadecimal digits: in a transcript of a million entries two are alike with a chance of 3 in 10^8. */
function entryId(): string {
  return randomBytes(8).toString("hex");
}
