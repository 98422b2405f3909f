import { PlatformError } from "./platform-error.ts";

/** Nobody has said anything yet in the session that was to be resumed. */
export class NothingToResumeError extends PlatformError {
  readonly code = "NOTHING_TO_RESUME";
  readonly sessionId: string;

  constructor(sessionId: string) {
    super(`session "${sessionId}" holds no message that could be answered; give one to run`);
    this.sessionId = sessionId;
  }
}
