import { join } from "node:path";
import type { Database } from "better-sqlite3";
import { INDEX_PREFIX, indexName } from "./index-file.ts";
import { createRows, type KnownSession, type SessionRows } from "./rows.ts";

/** The index of an earlier boot. A machine that was shut down left it whole; one that lost its power perhaps not. */
export interface FormerIndex {
  /** @returns undefined also for a row that is not as it was written, and once the file turns out to be damaged */
  get(id: string): KnownSession | undefined;
  close(): void;
}

/** Files of indexes, and what belongs to them, of other versions and other boots: nobody has them open. */
export function oldIndexes(names: readonly string[]): string[] {
  const boot = indexName().slice(INDEX_PREFIX.length, -".db".length);
  return names.filter((name) => name.startsWith(".index.") && !name.includes(`-${boot}.db`));
}

/** @returns undefined where there is none that can be opened */
export async function openFormer(dir: string, names: readonly string[]): Promise<FormerIndex | undefined> {
  const name = names.find((name) => name.startsWith(INDEX_PREFIX) && name.endsWith(".db"));
  if (name === undefined) return undefined;
  const { default: Sqlite } = await import("better-sqlite3");
  let db: Database | undefined;
  try {
    db = new Sqlite(join(dir, name), { fileMustExist: true });
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
