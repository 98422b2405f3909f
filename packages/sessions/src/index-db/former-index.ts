import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "better-sqlite3";
import { INDEX_PREFIX, indexName } from "./index-file.ts";
import { createRows, type KnownSession, type SessionRows } from "./rows.ts";

/**
 * The indexes of earlier boots. A machine that was shut down left its own whole; one that lost its power perhaps not.
 * There are several where a boot ended before its index knew all sessions.
 */
export interface FormerIndex {
  /** @returns undefined also for a row that is not as it was written, and once a file turns out to be damaged */
  get(id: string): KnownSession | undefined;
  close(): void;
}

/** Files of indexes, and what belongs to them, of other versions and other boots: nobody has them open. */
export function oldIndexes(names: readonly string[]): string[] {
  const boot = indexName().slice(INDEX_PREFIX.length, -".db".length);
  return names.filter((name) => name.startsWith(".index.") && !name.includes(`-${boot}.db`));
}

/** Of those that can be opened, the newest first. */
export async function openFormer(dir: string, names: readonly string[]): Promise<FormerIndex> {
  const paths = names
    .filter((name) => name.startsWith(INDEX_PREFIX) && name.endsWith(".db"))
    .map((name) => join(dir, name));
  const found = await Promise.all(paths.map(async (path) => ({ path, modified: await modifiedAt(path) })));
  const files: FormerIndex[] = [];
  for (const { path } of found.toSorted((one, other) => other.modified - one.modified)) {
    const file = await openFile(path);
    if (file !== undefined) files.push(file);
  }
  return {
    get: (id) => {
      for (const file of files) {
        const known = file.get(id);
        if (known !== undefined) return known;
      }
      return undefined;
    },
    close: () => {
      for (const file of files) file.close();
    },
  };
}

/** @returns 0 for what cannot be looked at, or is no file: opening it will tell */
async function modifiedAt(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found?.mtimeMs ?? 0;
}

async function openFile(path: string): Promise<FormerIndex | undefined> {
  const { default: Sqlite } = await import("better-sqlite3");
  let db: Database | undefined;
  try {
    db = new Sqlite(path, { fileMustExist: true });
    return formerOf(db, createRows(db));
  } catch {
    // All that it is for is that transcripts need not be read.
    db?.close();
    return undefined;
  }
}

function formerOf(db: Database, rows: SessionRows): FormerIndex {
  let usable = true;
  return {
    get: (id) => {
      if (!usable) return undefined;
      try {
        return rows.getProven(id);
      } catch {
        usable = false;
        return undefined;
      }
    },
    close: () => db.close(),
  };
}
