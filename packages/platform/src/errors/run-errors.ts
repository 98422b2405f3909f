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

/** The sandbox ended by itself while the run went on. `cause` is what the agent failed with. */
export class SandboxEndedError extends PlatformError {
  readonly code = "SANDBOX_ENDED";
  /** `wallMs`: its time was up. `crashed`: the kernel or somebody else ended it. */
  readonly reason: "wallMs" | "crashed";

  constructor(reason: "wallMs" | "crashed", detail: string, cause: unknown) {
    const advice =
      reason === "wallMs" ? "raise sandbox.limits.wallMs, or ask for less at a time" : "run it again";
    super(`the sandbox ended before the run did: ${detail}; ${advice}`, cause);
    this.reason = reason;
  }
}
