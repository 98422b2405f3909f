import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "better-sqlite3";
import { SessionStoreError } from "../errors.ts";
import { errorCode } from "../files/io-error.ts";
import { takeLockFile } from "../files/lock-file.ts";
import { createRows, type SessionRows } from "./rows.ts";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";

/** A connection to an index. */
export interface OpenIndex {
  readonly db: Database;
  readonly rows: SessionRows;
  /** Which file it is: another one may have taken its place. */
  readonly inode: number;
}

/** Milliseconds that a statement holds up this process for a lock of another one. */
const BUSY_MS = 20;
/** Making an index takes some milliseconds; filling it is not part of it. */
const MAKING_MS = 5000;
/** KiB, negative as SQLite wants it: few indexes are open at once, see `MAX_OPEN`. Taken as it is needed. */
const CACHE_KIB = -16_384;
/** Pages; what an index of 100,000 sessions changes in one transaction would otherwise be copied time and again. */
const CHECKPOINT_PAGES = 8000;

/**
 * Opens the index of a directory, and makes it where there is none. An index that is damaged is kept aside
 * (`….corrupt-…`) for a new one.
 *
 * @returns undefined when the directory is not there
 */
export async function openIndex(path: string): Promise<OpenIndex | undefined> {
  const there = await lookAt(path);
  if (typeof there === "object") return there;
  return withMakersLock(path, async () => {
    const found = await lookAt(path);
    if (typeof found === "object") return found;
    if (found === "damaged") await keepAside(path);
    return makeIndex(path);
  });
}

/** Puts another index in the place of one that turned out to be damaged, unless somebody did it already. */
export async function replaceDamaged(path: string, damaged: OpenIndex): Promise<void> {
  damaged.db.close();
  await withMakersLock(path, async () => {
    if (inodeOf(path) === damaged.inode) await keepAside(path);
    return undefined;
  });
}

export function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** The file, or a page of it, is not what SQLite wrote. */
export function isDamage(error: unknown): boolean {
  const code = errorCode(error) ?? "";
  return code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB";
}

/** An index whose maker was killed is unfinished: it has no table yet, for making it is one transaction. */
async function lookAt(path: string): Promise<OpenIndex | "unfinished" | "damaged" | undefined> {
  const inode = inodeOf(path);
  if (inode === undefined) return undefined;
  let db: Database | undefined;
  try {
    db = await connect(path);
    const version: unknown = db.pragma("user_version", { simple: true });
    if (version === SCHEMA_VERSION) return { db, rows: createRows(db), inode };
    db.close();
    return version === 0 ? "unfinished" : "damaged";
  } catch (error) {
    db?.close();
    // SQLITE_ERROR: a table that there should be is not.
    if (isDamage(error) || errorCode(error) === "SQLITE_ERROR") return "damaged";
    throw error;
  }
}

async function makeIndex(path: string): Promise<OpenIndex | undefined> {
  try {
    // SQLite gives the files beside it the same mode.
    await (await open(path, "a", 0o600)).close();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  const db = await connect(path);
  db.pragma("journal_mode = WAL");
  db.transaction(() => db.exec(SCHEMA)).immediate();
  db.close();
  const made = await lookAt(path);
  return typeof made === "object" ? made : undefined;
}

/**
 * Nothing waits for the disk: the index of an earlier boot is never opened, see `indexPath`, and what one process
 * wrote before it was killed, the kernel still has.
 */
async function connect(path: string): Promise<Database> {
  const { default: Sqlite } = await import("better-sqlite3");
  const db = new Sqlite(path, { fileMustExist: true, timeout: BUSY_MS });
  try {
    db.pragma("synchronous = OFF");
    db.pragma(`cache_size = ${CACHE_KIB}`);
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A log left beside a new file would be taken for the new one's; whoever opens the old one meanwhile makes one. */
async function keepAside(path: string): Promise<void> {
  await rename(path, `${path}.corrupt-${randomUUID().slice(0, 8)}`);
  for (const suffix of ["-wal", "-shm"]) await rm(`${path}${suffix}`, { force: true });
}

/** Only one process at a time makes an index, or takes one away. */
async function withMakersLock<T>(path: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
  const lockPath = `${path}.making`;
  const until = performance.now() + MAKING_MS;
  while (performance.now() < until) {
    try {
      const lock = await takeLockFile(lockPath);
      if (lock !== undefined) return await work().finally(() => lock.release());
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      throw error;
    }
    await sleep(5 + Math.random() * 20);
  }
  throw new SessionStoreError(
    `another process has been making ${path} for ${MAKING_MS} ms; see whether it stands still`,
  );
}
