import { PlatformError } from "./platform-error.ts";

/** Another run, in this process or in another, is writing this session. */
export class SessionBusyError extends PlatformError {
  readonly code = "SESSION_BUSY";
  readonly sessionId: string;

  constructor(sessionId: string, lockPath: string) {
    super(
      `session "${sessionId}" has a run already; wait for it or use another sessionId ` +
        `(its lock is ${lockPath})`,
    );
    this.sessionId = sessionId;
  }
}

/** The lock of this session was taken away while its run went on, so the run may not write any more. */
export class SessionLockLostError extends PlatformError {
  readonly code = "SESSION_LOCK_LOST";
  readonly sessionId: string;

  constructor(sessionId: string, cause?: unknown) {
    super(
      `session "${sessionId}" was taken over or deleted while this run wrote it; run the message again`,
      cause,
    );
    this.sessionId = sessionId;
  }
}

/** A transcript cannot be read. The file is left as it is. */
export class TranscriptCorruptError extends PlatformError {
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
export class TranscriptWriteError extends PlatformError {
  readonly code = "TRANSCRIPT_WRITE_FAILED";
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`cannot write transcript ${path}; see the cause (a full disk?) and run again`, cause);
    this.path = path;
  }
}
