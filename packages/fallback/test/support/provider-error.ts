import type { Classification, ErrorReason } from "../../src/index.ts";

/** An error that says itself what it means. */
export class ProviderError extends Error {
  readonly classification: Classification;

  constructor(reason: ErrorReason, rest: Partial<Classification> & { readonly words?: string } = {}) {
    const { words = `it failed: ${reason}`, ...fields } = rest;
    super(words);
    this.classification = {
      reason,
      retryable: true,
      scope: USUAL_SCOPE[reason] ?? "model",
      confidence: 1,
      matched: `test/${reason}`,
      ...fields,
    };
  }
}

const USUAL_SCOPE: Partial<Record<ErrorReason, Classification["scope"]>> = {
  rate_limit: "key",
  billing: "key",
  auth: "key",
  auth_permanent: "key",
  context_overflow: "request",
  content_policy: "request",
  format: "request",
  none: "request",
};
