/** Every `code` that an error of this package can carry. */
export type PlatformErrorCode =
  | "INVALID_OPTION"
  | "INVALID_ID"
  | "STATE_DIRECTORY"
  | "WORKSPACE_EXISTS"
  | "WORKSPACE_NOT_FOUND"
  | "WORKSPACE_BUSY"
  | "WORKSPACE_CORRUPT"
  | "UNKNOWN_PROVIDER"
  | "UNKNOWN_MODEL"
  | "MISSING_API_KEY"
  | "IMAGES_NOT_SUPPORTED"
  | "MODEL_CALL_FAILED"
  | "EMPTY_ANSWER"
  | "BUDGET_EXCEEDED"
  | "UNKNOWN_PRICE"
  | "SPEND_CORRUPT"
  | "SPEND_WRITE_FAILED"
  | "RUN_ABORTED"
  | "RUN_TIMEOUT"
  | "OUTPUT_FAILED"
  | "NO_ACTIVE_RUN"
  | "STREAM_CONSUMED"
  | "MAX_TURNS"
  | "NOTHING_TO_RESUME"
  | "SANDBOX_ENDED"
  | "SUBAGENT_LIMIT"
  | "SUBAGENT_ROLE"
  | "SUBAGENT_TIMEOUT"
  | "HOOK_FAILED"
  | "HOOK_BLOCKED"
  | "APPROVAL_NOT_FOUND";

/**
 * Base of every error that this package throws. `code` is stable across releases; `message` says
 * what to do about it; `cause` is the error underneath, where there is one. No message, cause or
 * property ever holds an API key.
 */
export abstract class PlatformError extends Error {
  abstract readonly code: PlatformErrorCode;

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
  }
}
