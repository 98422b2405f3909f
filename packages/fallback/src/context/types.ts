/** Sizes in tokens. */
export interface ContextGuardOptions {
  /** Room left for the answer below which a warning is given. Default 32,000, or `blockTokens` if more. */
  readonly warnTokens?: number | undefined;
  /** Room left below which the request is not to be sent. Default 16,000, or `warnTokens` if less. */
  readonly blockTokens?: number | undefined;
}

export interface ContextRequest {
  /** The model's context window. */
  readonly windowTokens: number;
  /** Of the request; see `estimateRequestTokens`. */
  readonly requestTokens: number;
}

export interface ContextVerdict {
  readonly level: "ok" | "warn" | "block";
  /** `windowTokens - requestTokens`, negative when it does not fit. */
  readonly roomTokens: number;
  readonly windowTokens: number;
  readonly requestTokens: number;
}

/** A request as it will be sent, in any provider's form. */
export interface RequestParts {
  readonly messages: readonly unknown[];
  /** What is sent besides: the system prompt, the tools. */
  readonly system?: unknown;
  readonly tools?: unknown;
  /** What the provider counted for the last answer. Not to be given after older messages were changed. */
  readonly lastUsage?: LastUsage | undefined;
}

export interface LastUsage {
  /** All that the model read and wrote: input, whether cached or not, and output. */
  readonly totalTokens: number;
  /** How many of `messages` that is, from the first to the answer itself. */
  readonly messages: number;
}
