import type { Classification, ErrorReason } from "../classify/types.ts";
import type { EntryName } from "../cooldown/gate.ts";

/** What a chain does about an error, by its reason. */
interface ReasonRule {
  /**
   * Who is asked next, unless the error's scope says more: another key of the model, or another model.
   * `caller`: whoever began the run says what to do; `stop`: nobody.
   */
  readonly next: "key" | "model" | "stop" | "caller";
  /**
   * Whether the same key is asked again after a while: `yes`; `alone`: only where nobody else is free;
   * `no`: time does not heal it.
   */
  readonly again: "yes" | "alone" | "no";
}

const RULES: Readonly<Record<ErrorReason, ReasonRule>> = {
  rate_limit: { next: "key", again: "alone" },
  billing: { next: "key", again: "no" },
  auth: { next: "key", again: "no" },
  auth_permanent: { next: "key", again: "no" },
  overloaded: { next: "model", again: "yes" },
  timeout: { next: "model", again: "yes" },
  model_not_found: { next: "model", again: "no" },
  context_overflow: { next: "caller", again: "no" },
  content_policy: { next: "stop", again: "no" },
  format: { next: "stop", again: "no" },
  none: { next: "stop", again: "no" },
};

export function isReason(text: string): text is ErrorReason {
  return Object.hasOwn(RULES, text);
}

export function ruleFor(reason: ErrorReason): ReasonRule {
  return RULES[reason];
}

/**
 * Who is asked next: another key of the model, another model, or one that is served elsewhere. Where an error
 * says that it is a property of the model or of the whole provider, keys of the same are not tried in vain.
 */
export function nextAfter({ reason, scope }: Classification): "key" | "model" | "place" {
  if (scope === "provider") return "place";
  const { next } = RULES[reason];
  return next === "key" && !(reason === "rate_limit" && scope === "model") ? "key" : "model";
}

/**
 * The entry that such a failure cools down. A refused key is so for all its models, and a host that
 * cannot be reached for all that it serves; the rest is a matter of one model.
 */
export function cooledEntry({ reason, scope }: Classification): EntryName {
  if (scope === "provider") return "wide";
  const ofKey = reason === "billing" || reason === "auth" || reason === "auth_permanent";
  return ofKey && scope !== "model" ? "wide" : "model";
}
