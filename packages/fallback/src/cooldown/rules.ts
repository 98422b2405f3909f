import type { Classification, ErrorReason } from "../classify/types.ts";
import type { Cooldown } from "./types.ts";

/** The options of cooldowns, with defaults filled in. */
export interface CooldownRules {
  readonly stepsMs: readonly number[];
  readonly billingStepsMs: readonly number[];
  readonly authPermanentStepsMs: readonly number[];
  readonly allowed: Readonly<Partial<Record<ErrorReason, number | undefined>>>;
  readonly probeShare: number;
}

/** What a provider may name at most. A longer time is more likely a mistake than meant. */
const MAX_NAMED_MS = 24 * 60 * 60 * 1000;

/** How long a look counts as under way. Whoever died while looking must not keep others from it for ever. */
const PROBE_MS = 60_000;

/** A failure that is to be remembered. */
export interface RememberedFailure {
  readonly classification: Classification;
  /** Failures that were known when the failed call began. */
  readonly seen: number;
  /** When the failed call looked, where it did. */
  readonly probedAt: number | undefined;
  readonly now: number;
}

/**
 * The entry after a failure. Calls that ran side by side fail side by side: when somebody has counted a
 * failure since this call began, it is the same one and is not counted again.
 */
export function cooldownAfter(
  previous: Cooldown | undefined,
  failure: RememberedFailure,
  rules: CooldownRules,
): Cooldown {
  const { classification, seen, probedAt, now } = failure;
  const { reason } = classification;
  const known = previous?.failures ?? 0;
  const counted = known > seen;
  const failures = counted ? known : known + 1;
  const others = withoutProbe(previous, probedAt)?.probeAt;
  const rest = { failures, failedAt: now, ...(others === undefined ? {} : { probeAt: others }) };
  // Once it has cooled down, no more failures are allowed until a success.
  const isNamed = (classification.retryAfterMs ?? 0) > 0;
  const isAllowed =
    !isNamed && failures <= (rules.allowed[reason] ?? 0) && (previous === undefined || previous.until === 0);
  const times = isAllowed ? NO_COOLDOWN : span(classification, failures, { now, rules });
  if (counted && previous !== undefined && previous.until > times.until) {
    return { reason: previous.reason, until: previous.until, probeFrom: previous.probeFrom, ...rest };
  }
  return { reason, ...times, ...rest };
}

const NO_COOLDOWN = { until: 0, probeFrom: 0 };

function span(
  { reason, retryAfterMs = 0 }: Classification,
  failures: number,
  { now, rules }: { readonly now: number; readonly rules: CooldownRules },
): Pick<Cooldown, "until" | "probeFrom"> {
  if (retryAfterMs > 0) {
    const until = now + Math.ceil(Math.min(retryAfterMs, MAX_NAMED_MS));
    return { until, probeFrom: until };
  }
  const steps = stepsFor(reason, rules);
  const step = Math.max(1, failures - (rules.allowed[reason] ?? 0));
  const length = steps[Math.min(step, steps.length) - 1] ?? 0;
  return { until: now + length, probeFrom: now + length - Math.floor(length * rules.probeShare) };
}

function stepsFor(reason: ErrorReason, rules: CooldownRules): readonly number[] {
  if (reason === "billing") return rules.billingStepsMs;
  return reason === "auth_permanent" ? rules.authPermanentStepsMs : rules.stepsMs;
}

/** The first moment, from now on, at which a call may begin as far as this entry goes. */
export function opensAt(cooldown: Cooldown | undefined, now: number): number {
  if (cooldown === undefined || now >= cooldown.until) return now;
  if (now < cooldown.probeFrom) return cooldown.probeFrom;
  const lookEnds = cooldown.probeAt === undefined ? now : cooldown.probeAt + PROBE_MS;
  return Math.max(now, Math.min(lookEnds, cooldown.until));
}

/** Whether a call that begins now, and may, is a look at whether it is well again. */
export function isProbe(cooldown: Cooldown | undefined, now: number): boolean {
  return cooldown !== undefined && now < cooldown.until;
}

/** The entry without the look at it that was claimed then; another one stays. */
export function withoutProbe(
  cooldown: Cooldown | undefined,
  probeAt: number | undefined,
): Cooldown | undefined {
  if (cooldown?.probeAt === undefined || cooldown.probeAt !== probeAt) return cooldown;
  const { probeAt: _, ...rest } = cooldown;
  return rest;
}

/**
 * The entry after a call that began then went well. What would not have let it begin came up meanwhile
 * (such as the provider's word to another call to wait) and stays.
 */
export function cooldownAfterSuccess(
  cooldown: Cooldown | undefined,
  startedAt: number,
): Cooldown | undefined {
  return cooldown !== undefined && cooldown.probeFrom > startedAt ? cooldown : undefined;
}
