import { randomUUID } from "node:crypto";
import { entryIn } from "./branch/entry-line.ts";
import { readBranch } from "./branch/read-branch.ts";
import type { DriverPage, SessionLog } from "./driver.ts";
import type { NewEntry, SessionEntry, SessionHeader } from "./entries.ts";
import {
  SessionClosedError,
  SessionEntryError,
  SessionNotFoundError,
  SessionOptionsError,
} from "./errors.ts";
import { type ExportOptions, exportSession } from "./export/export-session.ts";
import { type ForkOptions, forkSession } from "./fork.ts";
import { parseSessionId } from "./ids.ts";
import type { SessionInfo } from "./info.ts";
import { type ListOptions, parseListOptions } from "./list/list-options.ts";
import { labelEntry, titleEntry } from "./naming.ts";
import { checkNames } from "./option-names.ts";
import type { Session } from "./session.ts";
import { createSessionWriter, newEntriesIn } from "./session-writer.ts";
import {
  type CheckedStoreOptions,
  OPEN_OPTIONS,
  type OpenOptions,
  parseOpenOptions,
  parseStoreOptions,
  type SessionStoreOptions,
} from "./store-options.ts";
import { StoredSession } from "./stored-session.ts";

/** All sessions of one place. Every function throws InvalidSessionIdError and SessionOptionsError where it must. */
export interface SessionStore {
  /**
   * Takes the right to write a session; a new one begins with its first entry. Of a long one only the end is
   * read, as far back as the model needs it.
   *
   * @param id made when none is given
   * @throws SessionBusyError, TranscriptCorruptError; the signal's reason
   */
  open(id?: string, options?: SessionOpenOptions): Promise<Session>;
  /**
   * Adds entries to a session that is not open, which begins with them where it is not there yet.
   *
   * @returns the entries with their ids; they survive a kill and a power cut
   * @throws SessionEntryError, SessionBusyError, TranscriptWriteError, TranscriptCorruptError
   */
  append(
    id: string,
    entries: NewEntry | readonly NewEntry[],
    options?: OpenOptions,
  ): Promise<readonly SessionEntry[]>;
  /**
   * All entries of all branches, in the order in which they were added, as they are read: a session may be
   * larger than memory, and may be written meanwhile. Lines that are no entries are passed over.
   *
   * @throws SessionNotFoundError, TranscriptCorruptError, when the reading begins
   */
  read(id: string): AsyncIterable<SessionEntry>;
  /**
   * Makes a new session of the entries that lead to one of a session, which may be open. Labels of these go
   * with them; a run that is open goes on in its own session alone.
   *
   * @returns what is known of the new session
   * @throws SessionNotFoundError, SessionEntryError when there is no such entry, SessionExistsError
   */
  fork(id: string, options?: ForkOptions): Promise<SessionInfo>;
  /**
   * Gives a session that is not open the name that people see.
   *
   * @param title 1 to 500 characters, of one line; undefined takes it away
   * @throws SessionNotFoundError, SessionBusyError
   */
  rename(id: string, title: string | undefined, options?: OpenOptions): Promise<void>;
  /**
   * Marks an entry of a session that is not open, or takes its mark away. An entry has one label at a time.
   *
   * @param label 1 to 500 characters, of one line; undefined takes it away
   * @throws SessionNotFoundError, SessionEntryError, SessionBusyError
   */
  label(id: string, label: string | undefined, options?: LabelOptions): Promise<void>;
  /**
   * A session as text, piece by piece. JSONL can be put in place of a transcript; HTML is one page that loads
   * and runs nothing; Markdown has the words as they were said, so show it only where HTML in it is harmless.
   *
   * @throws SessionNotFoundError, TranscriptCorruptError, when the reading begins
   */
  export(id: string, options: ExportOptions): AsyncIterable<string>;
  get(id: string): Promise<SessionInfo | undefined>;
  /**
   * One page of the sessions, those that changed last first, unless told otherwise.
   *
   * @throws SessionStoreError
   */
  list(options?: ListOptions): Promise<DriverPage>;
  /**
   * One page of the sessions whose title holds each of some words, upper and lower case alike. A part of a word is
   * found too.
   *
   * @throws SessionStoreError
   */
  search(text: string, options?: Omit<ListOptions, "title">): Promise<DriverPage>;
  /**
   * Learns what is known of all sessions from their transcripts again, as after files were put there, changed or
   * taken away by others. Takes as long as reading all of them does.
   *
   * @throws SessionStoreError
   */
  reindex(): Promise<void>;
  /** @throws SessionNotFoundError, SessionBusyError */
  delete(id: string): Promise<void>;
  /** Whether somebody, in whichever process, has the right to write it now. */
  isOpen(id: string): Promise<boolean>;
  /** Gives free what the store holds. Sessions that are open stay so. */
  close(): Promise<void>;
}

export interface SessionOpenOptions extends OpenOptions {
  /** The id of a session that this one comes from; stands in the header of a new one, and else says nothing. */
  readonly parentSession?: string | undefined;
}

export interface LabelOptions extends OpenOptions {
  /** Default: the session's first entry, which stands for the session as a whole. */
  readonly entryId?: string | undefined;
}

/**
 * Opens a place where sessions are kept.
 *
 * @throws SessionOptionsError
 */
export function createSessionStore(options: SessionStoreOptions): SessionStore {
  return new DriverStore(parseStoreOptions(options));
}

class DriverStore implements SessionStore {
  readonly #options: CheckedStoreOptions;
  #closed = false;

  constructor(options: CheckedStoreOptions) {
    this.#options = options;
  }

  async open(given: string = randomUUID(), options: SessionOpenOptions = {}): Promise<Session> {
    const id = this.#check(given);
    checkNames("open", options, ["parentSession", ...OPEN_OPTIONS]);
    const { parentSession, ...open } = options;
    const parent = parentSession === undefined ? {} : { parentSession: parseSessionId(parentSession) };
    const header = { ...this.#header(id), ...parent };
    return this.#opened(id, parseOpenOptions("open", open, this.#options), async (log) => {
      const branch =
        log.info === undefined ? [] : await readBranch({ id, readBackward: () => log.readBackward() });
      return new StoredSession({ id, log, header }, branch);
    });
  }

  async append(given: string, entries: NewEntry | readonly NewEntry[], options: OpenOptions = {}) {
    const id = this.#check(given);
    const added = newEntriesIn(entries);
    return this.#write(id, parseOpenOptions("append", options, this.#options), (log) =>
      this.#add(id, log, added),
    );
  }

  async *read(given: string): AsyncGenerator<SessionEntry> {
    const id = this.#check(given);
    for await (const line of this.#options.driver.read(id)) {
      const entry = entryIn(line, id);
      if (entry !== undefined) yield entry;
    }
  }

  async fork(given: string, options: ForkOptions = {}): Promise<SessionInfo> {
    const id = this.#check(given);
    checkNames("fork", options, ["at", "id", "title", "signal"]);
    const { driver, busyTimeoutMs } = this.#options;
    const header = { ...this.#header(parseSessionId(options.id ?? randomUUID())), parentSession: id };
    return forkSession({ driver, sourceId: id, header, options, busyTimeoutMs });
  }

  async *export(given: string, options: ExportOptions): AsyncGenerator<string> {
    yield* exportSession(this.#options.driver, this.#check(given), options);
  }

  async rename(given: string, title: string | undefined, options: OpenOptions = {}): Promise<void> {
    const id = this.#check(given);
    const entry = titleEntry(title);
    await this.#write(id, parseOpenOptions("rename", options, this.#options), (log) => {
      if (log.info === undefined) throw new SessionNotFoundError(id);
      return this.#add(id, log, [entry]);
    });
  }

  async label(given: string, label: string | undefined, options: LabelOptions = {}): Promise<void> {
    const id = this.#check(given);
    checkNames("label", options, ["entryId", ...OPEN_OPTIONS]);
    const { entryId, ...open } = options;
    const checked = parseOpenOptions("label", open, this.#options);
    labelEntry(entryId ?? "first", label);
    await this.#write(id, checked, async (log) => {
      const entry = labelEntry(await this.#entryIdOf(id, entryId), label);
      await this.#add(id, log, [entry]);
    });
  }

  async get(id: string): Promise<SessionInfo | undefined> {
    return this.#options.driver.get(this.#check(id));
  }

  async list(options?: ListOptions): Promise<DriverPage> {
    this.#requireOpen();
    return this.#options.driver.list(parseListOptions(options));
  }

  async search(text: string, options?: Omit<ListOptions, "title">): Promise<DriverPage> {
    if (typeof text !== "string") throw new SessionOptionsError("text", "text: must be a string");
    return this.list({ ...options, title: text });
  }

  async reindex(): Promise<void> {
    this.#requireOpen();
    await this.#options.driver.reindex();
  }

  async delete(id: string): Promise<void> {
    await this.#options.driver.delete(this.#check(id));
  }

  async isOpen(id: string): Promise<boolean> {
    return this.#options.driver.isOpen(this.#check(id));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#options.driver.close();
  }

  async #add(id: string, log: SessionLog, added: readonly NewEntry[]): Promise<readonly SessionEntry[]> {
    const { entries, stored } = createSessionWriter({ id, log, header: this.#header(id) }).add(added);
    await stored;
    return entries;
  }

  /** Opens a log for one use. */
  async #write<T>(id: string, options: OpenOptions, use: (log: SessionLog) => Promise<T>): Promise<T> {
    return this.#opened(id, options, async (log) => {
      const value = await use(log);
      await log.close();
      return value;
    });
  }

  /** Opens a log, and closes it where its use fails. */
  async #opened<T>(id: string, options: OpenOptions, use: (log: SessionLog) => Promise<T>): Promise<T> {
    const { busyTimeoutMs = this.#options.busyTimeoutMs, signal } = options;
    const log = await this.#options.driver.open(id, { busyTimeoutMs, signal });
    try {
      return await use(log);
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** The entry of that id, or the first one, once it is known to be there. */
  async #entryIdOf(id: string, entryId: string | undefined): Promise<string> {
    for await (const entry of this.read(id))
      if (entryId === undefined || entry.id === entryId) return entry.id;
    throw new SessionEntryError(
      entryId === undefined
        ? `session "${id}" has no entry yet`
        : `session "${id}" has no entry "${entryId}"; read() tells its entries`,
    );
  }

  #header(id: string): SessionHeader {
    return { type: "session", version: 3, id, timestamp: new Date().toISOString(), cwd: this.#options.cwd };
  }

  #check(id: unknown): string {
    this.#requireOpen();
    return parseSessionId(id);
  }

  #requireOpen(): void {
    if (this.#closed) throw new SessionClosedError("this session store");
  }
}
