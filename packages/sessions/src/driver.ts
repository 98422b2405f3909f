import type { SessionInfo } from "./info.ts";

/**
 * Where sessions are kept. A driver stores lines and what is known of each session; what the lines mean is
 * the store's business. Ids are checked before a driver sees them. `checkSessionDriver` of
 * `@cloison/sessions/conformance` is the test that every driver has to pass.
 */
export interface SessionDriver {
  /** For messages: `files`, `memory`. */
  readonly name: string;
  /**
   * Takes the right to write a session, which one holder has at a time across all processes, and which the
   * death of its holder gives free. A session that is not there yet is begun by its first `append`.
   *
   * @throws SessionBusyError when somebody else has it for longer than `busyTimeoutMs`; the signal's reason
   */
  open(id: string, options: DriverOpenOptions): Promise<SessionLog>;
  /**
   * All lines, first to last, the header first, as they are read: a transcript may be larger than memory.
   *
   * @throws SessionNotFoundError
   */
  read(id: string): AsyncIterable<StoredLine>;
  /** @returns undefined when there is no such session */
  get(id: string): Promise<SessionInfo | undefined>;
  /**
   * One page. It tells of all that was appended through this driver, and of what other processes append within a
   * moment. A cursor goes on where its page ended, whatever came and went before it.
   *
   * @throws SessionOptionsError for a cursor that is none, or of a list in another order
   */
  list(query: DriverQuery): Promise<DriverPage>;
  /**
   * Removes a session for good.
   *
   * @throws SessionNotFoundError, SessionBusyError while somebody writes it
   */
  delete(id: string): Promise<void>;
  /** Whether somebody, in whichever process, has the right to write it now. */
  isOpen(id: string): Promise<boolean>;
  /** Makes what is known of sessions anew from their lines, as after files were put there by others. */
  reindex(): Promise<void>;
  /** Gives free what the driver holds. Sessions that are open stay so. */
  close(): Promise<void>;
}

export interface DriverOpenOptions {
  /** Milliseconds to wait for the right to write, 0 and more. */
  readonly busyTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A line of a transcript, without its newline. */
export interface StoredLine {
  /** Where it stands: bytes, or whatever the driver counts in, from the beginning. */
  readonly offset: number;
  readonly text: string;
}

/** A session that this holder, and nobody else, may write. */
export interface SessionLog {
  /** Undefined for a session that is not there yet. What is known holds for the lines as they are. */
  readonly info: SessionInfo | undefined;
  /** What was put right while opening, such as a torn last line; what reading finds is added to it. */
  readonly repairs: readonly Repair[];
  /** All lines that are stored, last to first, without those that are no entries; the reader stops where it has seen enough. */
  readBackward(): AsyncIterable<StoredLine>;
  /**
   * Adds lines. When the promise resolves they survive a kill and a power cut. Calls are carried out in
   * their order, many by one sync; after one that failed, all fail.
   *
   * @param info what is known of the session with these lines
   * @throws TranscriptWriteError, SessionLockLostError
   */
  append(lines: readonly string[], info: SessionInfo): Promise<void>;
  /** Waits for what was appended and gives the session free, once. Never rejects for a failed append. */
  close(): Promise<void>;
}

/** Something in a transcript that was not as it must be, and what was done about it. */
export interface Repair {
  /** `torn`: the last line was not written whole, so nobody was told that it is stored; `corrupt`: a line is no entry. */
  readonly kind: "torn" | "corrupt";
  /** Where the line stood, see `StoredLine.offset`. */
  readonly offset: number;
  /** Length in bytes of what was kept aside. */
  readonly bytes: number;
  /** Where it is kept now: a path, or whatever the driver calls the place. Undefined where it is only skipped. */
  readonly keptAt?: string | undefined;
  /** In words. */
  readonly reason: string;
}

/**
 * By what a list is sorted: times by the moment that they name, titles without regard to case, those that have none
 * as empty ones. Among sessions that are alike in this, by their ids, in the same direction.
 */
export type SessionSort = "updatedAt" | "createdAt" | "title";

/** Which sessions, checked. */
export interface DriverQuery {
  readonly limit: number;
  /** The cursor of the page before. */
  readonly cursor?: string | undefined;
  readonly sort: SessionSort;
  readonly order: "asc" | "desc";
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  /** Some entry has this very label. */
  readonly label?: string | undefined;
  /** ISO 8601, inclusive. */
  readonly updatedAfter?: string | undefined;
  readonly updatedBefore?: string | undefined;
  readonly createdAfter?: string | undefined;
  readonly createdBefore?: string | undefined;
  readonly parentSession?: string | undefined;
  /** True: only sessions with an open run. */
  readonly openRun?: boolean | undefined;
  /** Words between white space, each of which the title holds, upper and lower case alike; parts of words are found too. */
  readonly title?: string | undefined;
}

/** Some sessions, and how to go on. */
export interface DriverPage {
  readonly sessions: readonly SessionInfo[];
  /** For the next page; undefined on the last one. */
  readonly cursor?: string | undefined;
}
