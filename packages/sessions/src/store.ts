import { randomUUID } from "node:crypto";
import type { DriverPage, DriverQuery, SessionDriver, SessionLog } from "./driver.ts";
import { parseEntry, parseHeader, type SessionEntry, type SessionHeader } from "./entries.ts";
import { TranscriptCorruptError } from "./errors.ts";
import { filesDriver } from "./files/files-driver.ts";
import { parseSessionId } from "./ids.ts";
import type { SessionInfo } from "./info.ts";
import { createSession, type Session } from "./session.ts";

/** Where sessions are kept: a directory, or a driver of the caller's. */
export type SessionStoreOptions = {
  /** What transcripts name as the working directory. Default `/workspace`. */
  readonly cwd?: string | undefined;
  /** Milliseconds that `open` waits for another writer, 0 and more. Default 5,000. */
  readonly busyTimeoutMs?: number | undefined;
} & (
  | { readonly dir: string; readonly store?: undefined }
  | { readonly store: SessionDriver; readonly dir?: undefined }
);

export interface OpenOptions {
  /** Milliseconds to wait for another writer, 0 and more. Default: the store's. */
  readonly busyTimeoutMs?: number | undefined;
  /** Gives up waiting. */
  readonly signal?: AbortSignal | undefined;
}

/** All sessions of one place. */
export interface SessionStore {
  /**
   * Takes the right to write a session; a new one begins with its first entry.
   *
   * @param id made when none is given
   * @throws InvalidSessionIdError, SessionBusyError, TranscriptCorruptError; the signal's reason
   */
  open(id?: string, options?: OpenOptions): Promise<Session>;
  get(id: string): Promise<SessionInfo | undefined>;
  list(query?: Partial<DriverQuery>): Promise<DriverPage>;
  delete(id: string): Promise<void>;
  /** Whether somebody, in whichever process, has the right to write it now. */
  isOpen(id: string): Promise<boolean>;
  close(): Promise<void>;
}

const BUSY_TIMEOUT_MS = 5000;

/** Opens a place where sessions are kept. */
export function createSessionStore(options: SessionStoreOptions): SessionStore {
  const driver = options.store ?? filesDriver({ dir: options.dir });
  const { cwd = "/workspace", busyTimeoutMs = BUSY_TIMEOUT_MS } = options;
  return {
    open: async (given = randomUUID(), { busyTimeoutMs: own = busyTimeoutMs, signal } = {}) => {
      const id = parseSessionId(given);
      const log = await driver.open(id, { busyTimeoutMs: own, signal });
      try {
        const header: SessionHeader = {
          type: "session",
          version: 3,
          id,
          timestamp: new Date().toISOString(),
          cwd,
        };
        return createSession({ id, log, header, entries: await entriesOf(log, id) });
      } catch (error) {
        await log.close();
        throw error;
      }
    },
    get: async (id) => driver.get(parseSessionId(id)),
    list: async (query) => driver.list({ limit: 50, sort: "updatedAt", order: "desc", ...query }),
    delete: async (id) => driver.delete(parseSessionId(id)),
    isOpen: async (id) => driver.isOpen(parseSessionId(id)),
    close: () => driver.close(),
  };
}

/** All entries, first to last. */
async function entriesOf(log: SessionLog, id: string): Promise<SessionEntry[]> {
  const entries: SessionEntry[] = [];
  for await (const { text, offset } of log.readBackward()) {
    const value = jsonOf(text);
    if (offset === 0 && parseHeader(value) === undefined)
      throw new TranscriptCorruptError(id, 1, "it is not a session header of version 3");
    const entry = offset === 0 ? undefined : parseEntry(value);
    if (entry !== undefined) entries.unshift(entry);
  }
  return entries;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
