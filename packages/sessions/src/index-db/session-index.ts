import type { DriverPage, DriverQuery } from "../driver.ts";
import { SessionStoreError } from "../errors.ts";
import { errorCode, storeError } from "../files/io-error.ts";
import { currentOwner, formatOwner, ownerState, parseOwner } from "../files/process-owner.ts";
import type { TranscriptPlace } from "../files/transcript-check.ts";
import type { SessionInfo } from "../info.ts";
import { createIndexFile, type IndexFile } from "./index-file.ts";
import { fileState, learnSession } from "./known-session.ts";
import { listPage } from "./list-page.ts";
import type { KnownSession, SessionRow } from "./rows.ts";
import { type IndexedDirectory, storeLearnt, verifyBatch, verifyIndex } from "./verify-index.ts";
import { createWrittenSessions, type WrittenSession, type WrittenSessions } from "./written-sessions.ts";

/**
 * What is known of the sessions of a directory, kept in a SQLite file beside their transcripts. It is a cache: all of
 * it can be learnt from the transcripts again, and no word is lost with it. Where it cannot be written (a full
 * disk), sessions are written all the same.
 */
export interface SessionIndex {
  /**
   * For who has just taken the lock of a session, and repaired its transcript.
   *
   * @throws TranscriptCorruptError, SessionStoreError
   */
  begin(id: string): Promise<IndexedWriter>;
  /** @throws TranscriptCorruptError, SessionStoreError */
  get(id: string): Promise<SessionInfo | undefined>;
  /** @throws SessionStoreError, SessionOptionsError for a cursor that is none */
  list(query: DriverQuery): Promise<DriverPage>;
  /** For who has the lock: calls `unlink`, and forgets the session. */
  remove(id: string, unlink: () => Promise<void>): Promise<void>;
  /** Learns everything from the transcripts again. */
  reindex(): Promise<void>;
  close(): Promise<void>;
}

/** Follows a session while somebody writes it. */
export interface IndexedWriter {
  readonly info: SessionInfo | undefined;
  /** These lines are stored, and `info` holds with them. */
  appended(lines: readonly string[], info: SessionInfo): void;
  /** Nothing is written any more; the lock is still held. */
  end(): Promise<void>;
}

/** Where the transcripts are. */
export interface IndexOptions {
  readonly dir: string;
  placeOf(id: string): TranscriptPlace;
  /** Whether anybody has the lock of a session. */
  isLocked(id: string): Promise<boolean>;
}

export function createSessionIndex({ dir, placeOf, isLocked }: IndexOptions): SessionIndex {
  const owner = formatOwner(currentOwner());
  const written: WrittenSessions = createWrittenSessions({ index: () => file, owner, placeOf });
  const file: IndexFile = createIndexFile(dir, () => written.forgetMarks());
  const isWritten = (id: string): boolean => written.get(id)?.known !== undefined;
  const parts: IndexParts = { directory: { dir, file, placeOf, isWritten }, written };
  const complete = createCompletion(parts.directory);
  return {
    begin: (id) => begin(parts, id),
    get: (id) => get(parts, id),
    list: async (query) => {
      try {
        for (let attempts = 1; ; attempts += 1) {
          await complete();
          // The index may have been made anew a moment ago, and lack what this process writes.
          await written.flush();
          await learnOfDead(parts.directory, owner, isLocked);
          const page = await listPage(file, query);
          // One that turned out to be damaged has an empty one in its place.
          if (await isComplete(file)) return page;
          if (attempts === MAX_ATTEMPTS) throw new SessionStoreError(lostIndex(dir));
        }
      } catch (error) {
        throw indexError(dir, error);
      }
    },
    remove: (id, unlink) => remove(parts, id, unlink),
    reindex: async () => {
      try {
        await verifyIndex(parts.directory, { anew: true });
        await written.flush();
      } catch (error) {
        throw indexError(dir, error);
      }
    },
    close: async () => {
      await written.flush();
      written.close();
      file.close();
    },
  };
}

/** Lists begun anew because their index went away meanwhile. */
const MAX_ATTEMPTS = 5;

function lostIndex(dir: string): string {
  return `the index of sessions in ${dir} was damaged or removed ${MAX_ATTEMPTS} times while it was read; see what does that`;
}

interface IndexParts {
  readonly directory: IndexedDirectory;
  readonly written: WrittenSessions;
}

/** Checks an index that was just made against the transcripts, once for all that ask at the same time. */
function createCompletion(directory: IndexedDirectory): () => Promise<void> {
  let verifying: Promise<void> | undefined;
  return async () => {
    if (await isComplete(directory.file)) return;
    verifying ??= verifyIndex(directory, { anew: false }).finally(() => {
      verifying = undefined;
    });
    await verifying;
  };
}

/** Whether an index knows all sessions; so it does where the directory is not there. */
async function isComplete(file: IndexFile): Promise<boolean> {
  return (await file.read(({ rows }) => rows.fact("complete") ?? 0)) !== 0;
}

/** The index has to know that a session is written before anything is. */
async function begin({ directory, written }: IndexParts, id: string): Promise<IndexedWriter> {
  const before = written.get(id)?.known;
  const session = newlyWritten();
  written.set(id, session);
  try {
    await written.flush();
    const row = before ?? (await rowOf(directory.file, id));
    session.known = await learnSession(directory.placeOf(id), row);
    session.changed = before !== undefined || session.known !== row;
    if (row !== undefined && session.known === undefined) await forget(directory, id);
  } catch (error) {
    session.ended = true;
    await written.flush();
    throw error;
  }
  return writerOf(directory.placeOf(id), session, written);
}

async function get({ directory, written }: IndexParts, id: string): Promise<SessionInfo | undefined> {
  const own = written.get(id);
  if (own?.known !== undefined && !own.ended) return own.known.info;
  const row = await rowOf(directory.file, id);
  const known = await learnSession(directory.placeOf(id), row);
  if (known !== row) await storeLearnt(directory, [{ id, row, known }]).catch(unlessUnusable);
  return known?.info;
}

async function remove(
  { directory, written }: IndexParts,
  id: string,
  unlink: () => Promise<void>,
): Promise<void> {
  const session = newlyWritten();
  written.set(id, session);
  await written.flush();
  try {
    await unlink();
  } finally {
    session.ended = true;
    if ((await fileState(directory.placeOf(id).path)) === undefined) await forget(directory, id);
    await written.flush();
  }
}

/** For who has the lock of a session whose file is gone. */
async function forget(directory: IndexedDirectory, id: string): Promise<void> {
  const row = await rowOf(directory.file, id);
  await storeLearnt(directory, [{ id, row, known: undefined }]).catch(unlessUnusable);
}

function newlyWritten(): WrittenSession {
  return { known: undefined, changed: false, marked: false, ended: false };
}

function rowOf(file: IndexFile, id: string): Promise<SessionRow | undefined> {
  return file.read(({ rows }) => rows.get(id)).catch(unlessUnusable);
}

function writerOf(place: TranscriptPlace, session: WrittenSession, written: WrittenSessions): IndexedWriter {
  return {
    info: session.known?.info,
    appended: (lines, info) => written.changed(session, lines, info),
    end: async () => {
      session.known = await settled(place, session.known).catch(() => session.known);
      session.changed = true;
      session.ended = true;
      await written.flush();
    },
  };
}

/** With the file's time of change, by which the next one sees that nobody wrote it since. */
async function settled(
  place: TranscriptPlace,
  known: KnownSession | undefined,
): Promise<KnownSession | undefined> {
  const state = await fileState(place.path);
  if (known === undefined || state === undefined || state.size !== known.bytes)
    return learnSession(place, known);
  return { ...known, modified: state.modified };
}

/** Sessions whose writer was killed may have more than the index knows. */
async function learnOfDead(
  directory: IndexedDirectory,
  self: string,
  isLocked: (id: string) => Promise<boolean>,
): Promise<void> {
  const { file } = directory;
  const owners = (await file.read(({ rows }) => rows.owners())) ?? [];
  for (const owner of owners) {
    if (owner === self) continue;
    const process = parseOwner(owner);
    const state = process === undefined ? "elsewhere" : ownerState(process);
    if (state === "alive") continue;
    const marked = (await file.read(({ rows }) => rows.markedBy(owner))) ?? [];
    for (const id of marked) {
      if (state === "elsewhere" && (await isLocked(id))) continue;
      await verifyBatch(directory, [id], { anew: false });
      await file.write(({ rows }) => {
        if (rows.ownerOf(id) === owner) rows.unmark(id);
      });
    }
  }
}

/** Where the index cannot be used, the transcripts can. */
function unlessUnusable(error: unknown): undefined {
  if (errorCode(error) === undefined) throw error;
}

function indexError(dir: string, error: unknown): unknown {
  const what = `cannot use the index of sessions in ${dir}`;
  if (!errorCode(error)?.startsWith("SQLITE_")) return storeError(what, error);
  return new SessionStoreError(`${what}; see the cause (a full disk?)`, error);
}
