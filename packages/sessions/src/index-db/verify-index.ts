import { existsSync } from "node:fs";
import { opendir, rm } from "node:fs/promises";
import { join } from "node:path";
import { SessionStoreError, TranscriptCorruptError } from "../errors.ts";
import { errorCode, storeError, unlessGone } from "../files/io-error.ts";
import type { TranscriptPlace } from "../files/transcript-check.ts";
import { isSessionId } from "../ids.ts";
import { type FormerIndex, oldIndexes, openFormer } from "./former-index.ts";
import type { IndexFile } from "./index-file.ts";
import { learnSession } from "./known-session.ts";
import type { KnownSession, SessionRow } from "./rows.ts";
import { LIST_INDEXES } from "./schema.ts";

/** What has to be known of a directory of transcripts to check its index. */
export interface IndexedDirectory {
  readonly dir: string;
  readonly file: IndexFile;
  placeOf(id: string): TranscriptPlace;
  /** Whether this process writes it, and tells the index itself. */
  isWritten(id: string): boolean;
}

/** Owner of a session that was locked by nobody knows whom when its index was made. */
export const UNKNOWN_OWNER = "?";

const TRANSCRIPT = ".jsonl";
const LOCK = ".lock";
/** So many rows are written in one transaction, which takes some milliseconds. */
const BATCH = 300;
/** So many files are open. */
const AT_ONCE = 32;

/**
 * Compares an index with the transcripts, reads those that it does not know as they are, and drops rows without one.
 * Others may write sessions, and check the same index, meanwhile: a row that somebody else wrote since it was
 * looked at stays.
 *
 * @param anew reads every transcript from its beginning
 */
export async function verifyIndex(directory: IndexedDirectory, { anew }: { anew: boolean }): Promise<void> {
  const { dir, file } = directory;
  const names = await namesIn(dir);
  await markLocked(file, idsIn(names, LOCK));
  const ids = idsIn(names, TRANSCRIPT);
  const old = oldIndexes(names);
  const former = anew ? undefined : await openFormer(dir, old);
  try {
    for (let at = 0; at < ids.length; at += BATCH)
      await verifyBatch(directory, ids.slice(at, at + BATCH), { anew, former });
  } finally {
    former?.close();
  }
  await dropMissing(directory, new Set(ids));
  await makeListIndexes(file);
  await file.write(({ rows }) => rows.setFact("complete", 1));
  // What cannot be removed, such as a directory of that name, is in nobody's way.
  for (const name of old) await rm(join(dir, name), { force: true }).catch(() => undefined);
}

/** Learns of sessions, whatever the index has of them. A transcript that cannot be read has no row. */
export async function verifyBatch(
  directory: IndexedDirectory,
  ids: readonly string[],
  { anew, former }: { readonly anew: boolean; readonly former?: FormerIndex | undefined },
): Promise<void> {
  const { file } = directory;
  const others = ids.filter((id) => !directory.isWritten(id));
  const rows = (await file.read((index) => others.map((id) => index.rows.get(id)))) ?? [];
  const changes: Learnt[] = [];
  const left = others.entries();
  const learnInTurn = async (): Promise<void> => {
    for (const [n, id] of left) {
      const row = rows[n];
      const hint = anew ? undefined : (row ?? former?.get(id));
      const known = await learnOrNothing(directory.placeOf(id), hint);
      if (known === undefined || known !== row) changes.push({ id, row, known });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, learnInTurn));
  await storeLearnt(directory, changes);
}

/** A row that was looked at, and what is to take its place: undefined when there is no such session. */
export interface Learnt {
  readonly id: string;
  readonly row: SessionRow | undefined;
  readonly known: KnownSession | undefined;
}

/**
 * Stores what was learnt, unless the row is another one by now. Where there was none and is none, it may have come and
 * gone with its file: who deletes looks for a row after the file is gone, so a file that is still there will be seen to.
 */
export async function storeLearnt(
  { file, placeOf }: Pick<IndexedDirectory, "file" | "placeOf">,
  learnt: readonly Learnt[],
): Promise<void> {
  if (learnt.every(({ row, known }) => row === undefined && known === undefined)) return;
  await file.write(({ rows }) => {
    const holding = learnt.filter(({ id, row }) => rows.get(id)?.revision === row?.revision);
    for (const { id, known } of holding) if (known === undefined) rows.remove(id);
    rows.putAll(
      holding.flatMap(({ id, row, known }) =>
        known !== undefined && (row !== undefined || existsSync(placeOf(id).path)) ? known : [],
      ),
    );
  });
}

async function learnOrNothing(
  place: TranscriptPlace,
  hint: KnownSession | undefined,
): Promise<KnownSession | undefined> {
  try {
    return await learnSession(place, hint);
  } catch (error) {
    if (error instanceof TranscriptCorruptError || isUnreadable(error)) return undefined;
    throw error;
  }
}

/** What is wrong with this one file, not with the disk or this process: the list of all others goes on. */
function isUnreadable(error: unknown): boolean {
  const code = error instanceof SessionStoreError ? errorCode(error.cause) : undefined;
  return code !== undefined && ["EACCES", "EPERM", "ELOOP", "ENXIO"].includes(code);
}

/** Those who hold these locks may know nothing of this index yet, and be killed before they do. */
async function markLocked(file: IndexFile, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await file.write(({ rows }) => {
    for (const id of ids) if (rows.ownerOf(id) === undefined) rows.mark(id, UNKNOWN_OWNER);
  });
}

async function dropMissing({ dir, file, placeOf, isWritten }: IndexedDirectory, there: Set<string>) {
  for (let last = ""; ; ) {
    const ids = (await file.read(({ rows }) => rows.idsAfter(last, 1000))) ?? [];
    const end = ids.at(-1);
    if (end === undefined) return;
    last = end;
    const gone = ids.filter((id) => !there.has(id));
    if (gone.length > 0) await verifyBatch({ dir, file, placeOf, isWritten }, gone, { anew: false });
  }
}

/** Each takes some milliseconds for 10,000 sessions, and nothing else goes on meanwhile. */
async function makeListIndexes(file: IndexFile): Promise<void> {
  for (const sql of LIST_INDEXES) {
    await file.write(({ db }) => db.exec(sql));
    await new Promise(setImmediate);
  }
}

function idsIn(names: readonly string[], suffix: string): string[] {
  return names
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .filter(isSessionId);
}

/** In pieces: the names of 100,000 sessions at once would hold up everything else. */
async function namesIn(dir: string): Promise<string[]> {
  const names: string[] = [];
  try {
    const entries = await opendir(dir, { bufferSize: 1024 }).catch(unlessGone);
    for await (const { name } of entries ?? []) names.push(name);
  } catch (error) {
    throw storeError(`cannot read directory ${dir}`, error);
  }
  return names;
}
