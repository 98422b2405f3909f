import { resolve } from "node:path";
import { CooldownStoreError } from "../errors.ts";
import { readOptions } from "../read-options.ts";
import { type CooldownFile, readCooldownFile, storeError, writeCooldownFile } from "./cooldown-file.ts";
import { takeLock } from "./file-lock.ts";
import { prune } from "./prune.ts";
import type { Cooldown, CooldownStore } from "./types.ts";

export interface FileCooldownStoreOptions {
  /** A JSON file, made when something first cools down. Its directory must exist. */
  readonly path: string;
}

const MAX_ENTRIES = 2000;

/** Much more than all who could hold the lock in turn take together. */
const LOCK_PATIENCE_MS = 10_000;

/** What a change makes of an entry. */
type Change = (cooldown: Cooldown | undefined) => Cooldown | undefined;

/**
 * Keeps cooldowns in a file, for all processes that name the same one. Each change replaces the file as a
 * whole, under a lock that a crash frees; a process that is killed leaves the old file or the new one.
 * Holds at most 2,000 entries, and drops those that ended a day before the failure that it notes.
 *
 * Its functions reject with CooldownStoreError where the file cannot be read, understood or written. Such
 * a file is never overwritten.
 *
 * @throws FallbackOptionsError
 */
export function fileCooldownStore(options: FileCooldownStoreOptions): CooldownStore {
  const reader = readOptions("fileCooldownStore", options, ["path"]);
  if (typeof options.path !== "string" || options.path === "") {
    throw reader.refuse("path", "path must be the name of a file");
  }
  const path = resolve(options.path);
  let known: CooldownFile | undefined;
  const read = async () => {
    known = await readCooldownFile(path, known);
    return known.entries;
  };
  const orStoreError = (error: unknown) => {
    throw storeError(path, error);
  };
  const change = (id: string, change: Change) =>
    withLock(path, async (isHeld) => {
      const entries = new Map(await read());
      const before = entries.get(id);
      const after = change(before);
      if (after === before) return after;
      if (after === undefined) entries.delete(id);
      else entries.set(id, after);
      prune(entries, MAX_ENTRIES, after);
      await isHeld();
      await writeCooldownFile(path, entries);
      return after;
    });
  // Changes of this process queue up here and not at the lock, where waiting takes longer.
  let last: Promise<unknown> = Promise.resolve();
  return {
    get: (id) => read().then((entries) => entries.get(id), orStoreError),
    update: (id, make) => {
      const done = last.then(() => change(id, make)).catch(orStoreError);
      last = done.catch(() => undefined);
      return done;
    },
  };
}

/**
 * @param work gets a function to call last before it writes
 * @throws CooldownStoreError
 */
async function withLock<T>(path: string, work: (isHeld: () => Promise<void>) => Promise<T>): Promise<T> {
  const lock = await takeLock(`${path}.lock`, LOCK_PATIENCE_MS);
  if (lock === undefined) {
    const why = `somebody has held ${path}.lock for ${LOCK_PATIENCE_MS} ms`;
    throw new CooldownStoreError(path, `${why}; see whether that process hangs`);
  }
  try {
    return await work(async () => {
      if (await lock.isHeld()) return;
      throw new CooldownStoreError(path, `${path}.lock was taken over, as this process stood still for long`);
    });
  } finally {
    await lock.release();
  }
}
