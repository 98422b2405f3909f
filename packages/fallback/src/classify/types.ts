/** What an error of a model provider means. `none`: it is not known to be one. */
export type ErrorReason =
  /** The key's rate or quota of a time window is used up; it comes back by itself. */
  | "rate_limit"
  /** Money is missing: credit, a payment, a plan. Somebody has to act. */
  | "billing"
  /** The key is refused. Another key may do; this one may again (a token to refresh, a right to give). */
  | "auth"
  /** The key is revoked, expired, disabled or forbidden for good. */
  | "auth_permanent"
  /** The provider has more requests than it can serve. */
  | "overloaded"
  /** No whole answer came in time: connection, gateway, 5xx, broken stream. */
  | "timeout"
  /** The request is longer than the model's context window. */
  | "context_overflow"
  /** The model does not exist, is not served any more, or not to this account. */
  | "model_not_found"
  /** The request is malformed, or asks for what the model cannot do. */
  | "format"
  /** Request or answer was refused for what it says. */
  | "content_policy"
  | "none";

/** What the error is a property of, and so what to change before the next attempt. */
export type ErrorScope = "key" | "model" | "provider" | "request";

/** All that is known of an error; each may be missing. */
export interface ErrorInput {
  /** HTTP status. */
  readonly status?: number | null | undefined;
  /** The provider's or the operating system's code, such as `insufficient_quota` or `ECONNRESET`. */
  readonly code?: string | number | null | undefined;
  readonly message?: string | null | undefined;
  /** Header names in any case. */
  readonly headers?: Headers | Readonly<Record<string, string | undefined>> | null | undefined;
  /** The body as text, or parsed. */
  readonly body?: unknown;
  /** Chooses the rules that are tried first: `anthropic`, `openai`, `google`, … */
  readonly provider?: string | null | undefined;
}

export interface Classification {
  readonly reason: ErrorReason;
  /** Whether the same request can succeed later or elsewhere without being changed. */
  readonly retryable: boolean;
  /** Milliseconds that the provider asks to wait, from headers, body or words. */
  readonly retryAfterMs?: number;
  readonly scope: ErrorScope;
  /** 0 to 1: 1 for a provider's own code, less for words, least for a bare status. */
  readonly confidence: number;
  /** The rule that decided, such as `anthropic/credit-balance`; `none` where no rule did. */
  readonly matched: string;
}
