/**
 * Why a {@link ModelServerError} was made.
 *
 * - `MODEL_SERVER_OPTIONS`: `startModelServer` was given an unknown or unusable option.
 * - `MODEL_SERVER_LISTEN`: the address could not be listened on.
 * - `MODEL_SERVER_SCRIPT`: the script's function threw or rejected.
 * - `MODEL_SERVER_SCRIPT_EXHAUSTED`: a request came after the script's last step.
 * - `MODEL_SERVER_REPLY`: the script answered something that is not a usable reply.
 * - `MODEL_SERVER_LISTENER`: a listener given to `onRequest` threw.
 */
export type ModelServerErrorCode =
  | "MODEL_SERVER_OPTIONS"
  | "MODEL_SERVER_LISTEN"
  | "MODEL_SERVER_SCRIPT"
  | "MODEL_SERVER_SCRIPT_EXHAUSTED"
  | "MODEL_SERVER_REPLY"
  | "MODEL_SERVER_LISTENER";

/** The only error class of this package. The first two codes reject `startModelServer`; the others are
 * collected in `server.errors`, because they arise while a client, not the test, is waiting. */
export class ModelServerError extends Error {
  override readonly name = "ModelServerError";
  readonly code: ModelServerErrorCode;

  constructor(code: ModelServerErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
