import { PlatformError } from "./platform-error.ts";

/**
 * Nobody has said anything yet in the session that was to be resumed, or its last run ended before its message was
 * stored.
 */
export class NothingToResumeError extends PlatformError {
  readonly code = "NOTHING_TO_RESUME";
  readonly sessionId: string;

  constructor(sessionId: string) {
    super(
      `session "${sessionId}" holds no message that is still to be answered: its last run, if any, ended before its message was stored; give one to run`,
    );
    this.sessionId = sessionId;
  }
}
