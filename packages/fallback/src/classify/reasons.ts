import type { ErrorReason, ErrorScope } from "./types.ts";

/** What follows from a reason, unless the rule that found it names another scope. */
export const REASONS: Readonly<
  Record<ErrorReason, { readonly scope: ErrorScope; readonly retryable: boolean }>
> = {
  rate_limit: { scope: "key", retryable: true },
  billing: { scope: "key", retryable: true },
  auth: { scope: "key", retryable: true },
  auth_permanent: { scope: "key", retryable: true },
  overloaded: { scope: "model", retryable: true },
  timeout: { scope: "model", retryable: true },
  model_not_found: { scope: "model", retryable: true },
  context_overflow: { scope: "request", retryable: false },
  format: { scope: "request", retryable: false },
  content_policy: { scope: "request", retryable: false },
  none: { scope: "request", retryable: false },
};
