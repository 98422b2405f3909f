import { PlatformError } from "./platform-error.ts";

/** The caller's signal ended the run. `cause` is the signal's reason. */
export class RunAbortedError extends PlatformError {
  readonly code = "RUN_ABORTED";
  readonly sessionId: string | undefined;

  constructor(sessionId: string | undefined, cause: unknown) {
    super(
      sessionId === undefined
        ? "the run was aborted before it began"
        : `the run in session "${sessionId}" was aborted; what it had stored is kept`,
      cause,
    );
    this.sessionId = sessionId;
  }
}
