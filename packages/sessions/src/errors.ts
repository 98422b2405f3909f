/** Every `code` that an error of this package can carry. */
export type SessionErrorCode =
  | "SESSION_OPTIONS"
  | "INVALID_SESSION_ID"
  | "SESSION_NOT_FOUND"
  | "SESSION_EXISTS"
  | "SESSION_BUSY"
  | "SESSION_LOCK_LOST"
  | "SESSION_CLOSED"
  | "SESSION_ENTRY"
  | "SESSION_STORE"
  | "TRANSCRIPT_CORRUPT"
  | "TRANSCRIPT_WRITE_FAILED";

/**
 * Base of every error that this package throws. `code` is stable across releases; `message` says what to do
 * about it; `cause` is the error underneath, where there is one.
 */
export abstract class SessionError extends Error {
  abstract readonly code: SessionErrorCode;

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
  }
}

/** An option is unknown, missing or out of range. Nothing was done. */
export class SessionOptionsError extends SessionError {
  readonly code = "SESSION_OPTIONS";
  readonly option: string;

  constructor(option: string, message: string) {
    super(message);
    this.option = option;
  }
}

/** A session id that cannot be one. */
export class InvalidSessionIdError extends SessionError {
  readonly code = "INVALID_SESSION_ID";

  constructor(reason: string) {
    super(
      `sessionId: ${reason}; use 1 to 128 letters, digits, ".", "_" and "-", beginning with a letter or digit`,
    );
  }
}

/** There is no such session. */
export class SessionNotFoundError extends SessionError {
  readonly code = "SESSION_NOT_FOUND";
  readonly sessionId: string;

  constructor(sessionId: string, cause?: unknown) {
    super(`there is no session "${sessionId}"; list() tells which there are`, cause);
    this.sessionId = sessionId;
  }
}

/** A session of this id is there already. */
export class SessionExistsError extends SessionError {
  readonly code = "SESSION_EXISTS";
  readonly sessionId: string;

  constructor(sessionId: string) {
    super(`session "${sessionId}" is there already; use another id, or none to have one made`);
    this.sessionId = sessionId;
  }
}

/** Somebody else, in this process or in another, is writing this session. */
export class SessionBusyError extends SessionError {
  readonly code = "SESSION_BUSY";
  readonly sessionId: string;

  /** @param holder where the right to write is kept, such as the lock's path */
  constructor(sessionId: string, holder: string) {
    super(
      `session "${sessionId}" has a writer already; wait for it (busyTimeoutMs) or use another sessionId ` +
        `(its lock is ${holder})`,
    );
    this.sessionId = sessionId;
  }
}

/** The lock of this session was taken away while its writer went on, so it may not write any more. */
export class SessionLockLostError extends SessionError {
  readonly code = "SESSION_LOCK_LOST";
  readonly sessionId: string;

  constructor(sessionId: string, cause?: unknown) {
    super(
      `session "${sessionId}" was taken over or deleted while this run wrote it; open it again and repeat`,
      cause,
    );
    this.sessionId = sessionId;
  }
}

/** This handle was closed. */
export class SessionClosedError extends SessionError {
  readonly code = "SESSION_CLOSED";

  constructor(what: string) {
    super(`${what} is closed; open it again`);
  }
}

/** An entry that cannot be added, or that is not in the session. */
export class SessionEntryError extends SessionError {
  readonly code = "SESSION_ENTRY";
}

/** The place where sessions are kept cannot be used. */
export class SessionStoreError extends SessionError {
  readonly code = "SESSION_STORE";
}

/** A transcript cannot be read at all. The file is left as it is. */
export class TranscriptCorruptError extends SessionError {
  readonly code = "TRANSCRIPT_CORRUPT";
  readonly path: string;
  /** The first bad line, counted from 1. */
  readonly line: number;

  constructor(path: string, line: number, reason: string, cause?: unknown) {
    super(`transcript ${path}, line ${line}: ${reason}; repair the file or go on in another session`, cause);
    this.path = path;
    this.line = line;
  }
}

/** An entry could not be stored, so it is not acknowledged. */
export class TranscriptWriteError extends SessionError {
  readonly code = "TRANSCRIPT_WRITE_FAILED";
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`cannot write transcript ${path}; see the cause (a full disk?) and try again`, cause);
    this.path = path;
  }
}
