import type { ErrorReason } from "@cloison/fallback";

/** What is known of the last failure. */
export interface AdviceInput {
  readonly reason: ErrorReason;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** No answer came at all. */
  readonly isUnreachable: boolean;
}

/** Says what to do about a model call that failed for good. */
export function adviceFor({ reason, status, retryAfterMs, isUnreachable }: AdviceInput): string {
  if (isUnreachable) return "the provider cannot be reached: check the network and the baseUrl";
  const seconds = retryAfterMs === undefined ? undefined : `${Math.ceil(retryAfterMs / 1000)} s`;
  const again = `the provider is in trouble: run again ${seconds === undefined ? "later" : `in ${seconds}`}`;
  if (reason === "overloaded") return `${again}, or give a fallback`;
  if (reason === "timeout") {
    return status === undefined ? "the answer broke off or made no sense: run again" : again;
  }
  if (reason === "rate_limit") {
    return `the key's limit is reached: wait ${seconds ?? "a while"}, or give another key or a fallback`;
  }
  return advice[reason];
}

const advice: Readonly<Record<Exclude<ErrorReason, "timeout" | "rate_limit" | "overloaded">, string>> = {
  billing: "the account has no credit, or no plan for this: look at the provider's billing page",
  auth: "the provider refuses the key: check it, and what it may use",
  auth_permanent: "the provider refuses the key for good: replace it",
  context_overflow:
    "the conversation is too long: choose a model with a larger window, or begin a new session",
  model_not_found: "check the model's name and the baseUrl",
  format: "the provider refuses the request: see its words",
  content_policy: "it was refused for what it says: ask for something else, or another model",
  none: "see the provider's words",
};
