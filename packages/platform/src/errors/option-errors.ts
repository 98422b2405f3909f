import { PlatformError } from "./platform-error.ts";

/** An option is unknown, missing, or not of the type that its documentation says. */
export class InvalidOptionError extends PlatformError {
  readonly code = "INVALID_OPTION";
  /** The option's name, such as `model` or `sandbox`. */
  readonly option: string;

  constructor(option: string, message: string) {
    super(message);
    this.option = option;
  }
}

/** A user id or session id that may not become a file name. */
export class InvalidIdError extends PlatformError {
  readonly code = "INVALID_ID";
  readonly kind: "userId" | "sessionId";

  constructor(kind: "userId" | "sessionId", reason: string) {
    super(
      `invalid ${kind}: ${reason}; use 1 to 128 letters, digits, dots, dashes and underscores, ` +
        "beginning with a letter or digit",
    );
    this.kind = kind;
  }
}
