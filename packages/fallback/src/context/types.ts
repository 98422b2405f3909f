/** Sizes in tokens. */
export interface ContextGuardOptions {
  /** Room left for the answer below which a warning is given. Default 32,000. */
  readonly warnTokens?: number | undefined;
  /** Room left below which the request is not to be sent. Default 16,000. */
  readonly blockTokens?: number | undefined;
}

export interface ContextRequest {
  /** The model's context window. */
  readonly windowTokens: number;
  /** Of the request; see `estimateTokens`. */
  readonly requestTokens: number;
}

export interface ContextVerdict {
  readonly level: "ok" | "warn" | "block";
  /** `windowTokens - requestTokens`, negative when it does not fit. */
  readonly roomTokens: number;
  readonly windowTokens: number;
  readonly requestTokens: number;
}
