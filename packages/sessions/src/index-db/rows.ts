import { crc32 } from "node:zlib";
import type { Database } from "better-sqlite3";
import type { SessionInfo } from "../info.ts";
import { timeKey } from "../list/sort-key.ts";
import { titleKey } from "../list/title-words.ts";

/** What is known of a session, and from how much of its transcript. */
export interface KnownSession {
  readonly info: SessionInfo;
  /** Length of the lines that it is known from. */
  readonly bytes: number;
  /** The file's time of change in milliseconds; null where it may since have changed. */
  readonly modified: number | null;
}

/** A row, as it was read. */
export interface SessionRow extends KnownSession {
  /** Another one after every change of the row. */
  readonly revision: number;
}

/** The rows of an index. All calls are synchronous; several belong into one transaction. */
export interface SessionRows {
  get(id: string): SessionRow | undefined;
  /** As `get`, of a file of which nobody knows what of it reached the disk: a row that is not as it was written is none. */
  getProven(id: string): KnownSession | undefined;
  put(known: KnownSession): void;
  /** The same for many, each of another session. */
  putAll(known: readonly KnownSession[]): void;
  remove(id: string): void;
  /** Ids in their order. */
  idsAfter(id: string, limit: number): string[];
  /** @param owner the process that writes the session, as it names itself */
  mark(id: string, owner: string): void;
  unmark(id: string): void;
  owners(): string[];
  markedBy(owner: string): string[];
  ownerOf(id: string): string | undefined;
  fact(name: string): unknown;
  setFact(name: string, value: number): void;
}

interface Stored {
  readonly key: number;
  readonly revision: number;
  readonly bytes: number;
  readonly modified: number | null;
  readonly title: string;
  readonly info: string;
  readonly proof: number;
}

const PUT = `
INSERT INTO sessions (id, revision, bytes, modified, created, updated, title, provider, model, parent, open_run, info, proof)
VALUES (@id, random() & 0xfffffffffff, @bytes, @modified, @created, @updated, @title, @provider, @model, @parent, @openRun, @info, @proof)
ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, bytes = excluded.bytes, modified = excluded.modified,
  created = excluded.created, updated = excluded.updated, title = excluded.title, provider = excluded.provider,
  model = excluded.model, parent = excluded.parent, open_run = excluded.open_run, info = excluded.info,
  proof = excluded.proof
RETURNING key`;

export function createRows(db: Database): SessionRows {
  const select = db.prepare<[string], Stored>(
    "SELECT key, revision, bytes, modified, title, info, proof FROM sessions WHERE id = ?",
  );
  const idsAfter = db
    .prepare<[string, number], string>("SELECT id FROM sessions WHERE id > ? ORDER BY id LIMIT ?")
    .pluck();
  const remove = db.prepare<[number]>("DELETE FROM sessions WHERE key = ?");
  const put = db.prepare<[Record<string, unknown>], number>(PUT).pluck();
  const titles = titleRows(db);
  const labels = labelRows(db);
  const putRow = (known: KnownSession): (() => void) => {
    const old = select.get(known.info.id);
    const columns = columnsOf(known);
    const key = put.get(columns);
    if (key === undefined) return () => undefined;
    labels.set(key, known.info, old === undefined ? undefined : JSON.parse(old.info));
    return () => {
      if (old?.title !== columns.title) titles.set(key, columns.title, old?.title);
    };
  };
  // Each row that is put has the index of titles write what it holds in memory: titles go last, together.
  const putAll = (known: readonly KnownSession[]): void => {
    for (const putTitle of known.map(putRow)) putTitle();
  };
  return {
    get: (id) => {
      const row = select.get(id);
      if (row === undefined) return undefined;
      const { revision, bytes, modified } = row;
      return { info: JSON.parse(row.info), bytes, modified, revision };
    },
    getProven: (id) => {
      const row = select.get(id);
      if (row === undefined || row.proof !== proofOf(row)) return undefined;
      return { info: JSON.parse(row.info), bytes: row.bytes, modified: row.modified };
    },
    put: (known) => putAll([known]),
    putAll,
    remove: (id) => {
      const row = select.get(id);
      if (row === undefined) return;
      titles.set(row.key, "", row.title);
      labels.clear(row.key);
      remove.run(row.key);
    },
    idsAfter: (id, limit) => idsAfter.all(id, limit),
    ...markRows(db),
    ...factRows(db),
  };
}

function proofOf({ info, bytes, modified }: Pick<Stored, "info" | "bytes" | "modified">): number {
  return crc32(`${bytes} ${modified} ${info}`);
}

function columnsOf({ info, bytes, modified }: KnownSession) {
  const text = JSON.stringify(info);
  return {
    id: info.id,
    bytes,
    modified,
    created: timeKey(info.createdAt),
    updated: timeKey(info.updatedAt),
    title: titleKey(info.title),
    provider: info.provider ?? null,
    model: info.model ?? null,
    parent: info.parentSession ?? null,
    openRun: info.openRun === undefined ? 0 : 1,
    info: text,
    proof: proofOf({ info: text, bytes, modified }),
  };
}

function titleRows(db: Database) {
  const remove = db.prepare<[number]>("DELETE FROM titles WHERE rowid = ?");
  const insert = db.prepare<[number, string]>("INSERT INTO titles (rowid, title) VALUES (?, ?)");
  return {
    set: (key: number, title: string, old = ""): void => {
      if (old !== "") remove.run(key);
      if (title !== "") insert.run(key, title);
    },
  };
}

function labelRows(db: Database) {
  const clear = db.prepare<[number]>("DELETE FROM labels WHERE session = ?");
  const insert = db.prepare<[string, number]>("INSERT OR IGNORE INTO labels (label, session) VALUES (?, ?)");
  return {
    clear: (key: number): void => {
      clear.run(key);
    },
    set: (key: number, info: SessionInfo, old: SessionInfo | undefined): void => {
      const labels = Object.values(info.labels);
      if (JSON.stringify(labels) === JSON.stringify(Object.values(old?.labels ?? {}))) return;
      clear.run(key);
      for (const label of labels) insert.run(label, key);
    },
  };
}

function markRows(db: Database) {
  const mark = db.prepare<[string, string]>("INSERT OR REPLACE INTO writers (id, owner) VALUES (?, ?)");
  const unmark = db.prepare<[string]>("DELETE FROM writers WHERE id = ?");
  const owners = db.prepare<[], string>("SELECT DISTINCT owner FROM writers").pluck();
  const markedBy = db.prepare<[string], string>("SELECT id FROM writers WHERE owner = ?").pluck();
  const ownerOf = db.prepare<[string], string>("SELECT owner FROM writers WHERE id = ?").pluck();
  return {
    mark: (id: string, owner: string): void => {
      mark.run(id, owner);
    },
    unmark: (id: string): void => {
      unmark.run(id);
    },
    owners: () => owners.all(),
    markedBy: (owner: string) => markedBy.all(owner),
    ownerOf: (id: string) => ownerOf.get(id),
  };
}

function factRows(db: Database) {
  const fact = db.prepare<[string], unknown>("SELECT value FROM facts WHERE name = ?").pluck();
  const setFact = db.prepare<[string, number]>("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)");
  return {
    fact: (name: string) => fact.get(name),
    setFact: (name: string, value: number): void => {
      setFact.run(name, value);
    },
  };
}
