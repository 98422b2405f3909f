/** Part of the index's file name: what another version wrote is never opened. */
export const SCHEMA_VERSION = 1;

/**
 * `sessions.info` is a `SessionInfo`; the columns beside it are what is filtered and sorted by. `bytes` is how
 * much of the transcript the row knows of and `modified` the file's time of change then, which is NULL while
 * somebody writes it; `proof` is a checksum of these. Each write gives a row another `revision`. `writers` are the sessions that are, or were, open for
 * writing: where such a process is gone, a row may be behind its transcript.
 */
export const SCHEMA = `
CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE sessions (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  revision INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  modified REAL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  title TEXT NOT NULL,
  provider TEXT,
  model TEXT,
  parent TEXT,
  open_run INTEGER NOT NULL,
  info TEXT NOT NULL,
  proof INTEGER NOT NULL
);
CREATE TABLE labels (
  label TEXT NOT NULL,
  session INTEGER NOT NULL,
  PRIMARY KEY (label, session)
) WITHOUT ROWID;
CREATE INDEX labels_of_session ON labels (session);
CREATE TABLE writers (id TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX writers_by_owner ON writers (owner);
CREATE VIRTUAL TABLE titles USING fts5 (title, content = '', contentless_delete = 1, tokenize = 'trigram');
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * What lists are read off. Made of all rows at once, when an index knows all sessions: kept row by row while it learns
 * them, these cost several times as much as all the rest.
 */
export const LIST_INDEXES: readonly string[] = [
  "by_updated ON sessions (updated, id)",
  "by_created ON sessions (created, id)",
  "by_title ON sessions (title, id)",
  "by_provider_updated ON sessions (provider, updated, id)",
  "by_provider_created ON sessions (provider, created, id)",
  "by_model_updated ON sessions (model, updated, id)",
  "by_model_created ON sessions (model, created, id)",
  "by_parent ON sessions (parent) WHERE parent IS NOT NULL",
  "by_open_run ON sessions (open_run) WHERE open_run = 1",
].map((index) => `CREATE INDEX IF NOT EXISTS ${index}`);
