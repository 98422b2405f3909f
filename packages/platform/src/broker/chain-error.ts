import {
  type AttemptRecord,
  ChainDeadlineError,
  ChainError,
  type ChainEvent,
  ChainExhaustedError,
  ChainStoppedError,
  type ErrorReason,
  NoKeyError,
} from "@cloison/fallback";
import { EmptyAnswerError, ModelCallError } from "../errors/model-errors.ts";
import type { RunUsage } from "../run/usage.ts";
import { adviceFor } from "./advice.ts";
import { missingKey } from "./api-keys.ts";
import { FailedAttempt } from "./failed-attempt.ts";
import type { ModelTarget } from "./model-choice.ts";
import { keyVariables } from "./providers.ts";

/** A model call that came to nothing. */
export interface FailedChain {
  readonly targets: readonly [ModelTarget, ...ModelTarget[]];
  /** Those without a key. */
  readonly keyless: readonly ModelTarget[];
  readonly usage: RunUsage;
  readonly events: readonly ChainEvent[];
  readonly deadlineMs: number;
}

/** What the caller of a run is told of a chain that gave up. Anything but a chain's own end stays as it is. */
export function toModelError(error: unknown, failed: FailedChain): unknown {
  if (!(error instanceof ChainError)) return error;
  if (error instanceof NoKeyError) return missingKey(failed.targets[0].provider);
  const { attempts } = error;
  const last = error.cause instanceof FailedAttempt ? error.cause : undefined;
  const { provider, model } = attempts.at(-1) ?? failed.targets[0];
  const { usage } = failed;
  if (last?.emptyStop !== undefined && !(error instanceof ChainDeadlineError))
    return new EmptyAnswerError({ provider, model, stopReason: last.emptyStop, attempts, usage });
  const retryAfterMs =
    (error instanceof ChainExhaustedError ? error.retryAfterMs : undefined) ??
    last?.classification.retryAfterMs;
  const reason = reasonOf(error, last, failed.events);
  return new ModelCallError(messageOf(error, failed, { provider, model, reason, last, retryAfterMs }), {
    provider,
    model,
    reason,
    status: last?.status,
    retryAfterMs,
    attempts,
    usage,
    cause: last?.cause,
  });
}

interface LastFailure {
  readonly provider: string;
  readonly model: string;
  readonly reason: ErrorReason;
  readonly last: FailedAttempt | undefined;
  readonly retryAfterMs: number | undefined;
}

/** Says how much was tried, where it was more than one attempt, what came last, and what to do. */
function messageOf(error: ChainError, failed: FailedChain, failure: LastFailure): string {
  const { deadlineMs, keyless } = failed;
  const { provider, model, last, reason, retryAfterMs } = failure;
  const { attempts } = error;
  const tried = attempts.length < 2 ? "" : ` in ${attempts.length} attempts (${summaryOf(attempts)})`;
  if (error instanceof ChainDeadlineError)
    return `no answer within ${deadlineMs / 1000} s${tried}: run again later, raise deadlineMs, or give an attemptTimeoutMs so that another model is asked in time`;
  if (attempts.length === 0 && error instanceof ChainExhaustedError)
    return `${restingTold(failed, failure)}${keylessTold(error, keyless)}`;
  const isUnreachable = last?.cause !== undefined;
  const advice = adviceFor({ reason, status: last?.status, retryAfterMs, isUnreachable });
  const said = `${provider}/${model} failed: ${last?.message ?? error.message} (${advice})${keylessTold(error, keyless)}`;
  return tried === "" ? said : `no answer${tried}; the last: ${said}`;
}

/** Nothing was asked in this call: what could be rests since an earlier one. */
function restingTold({ targets }: FailedChain, { reason, retryAfterMs }: LastFailure): string {
  const [{ provider, model }] = targets;
  const first = `${provider}/${model}${targets.length > 1 ? " and its fallbacks rest" : " rests"}`;
  const wait = retryAfterMs === undefined ? "a while" : `${Math.ceil(retryAfterMs / 1000)} s`;
  return `no model was asked, as ${first} after earlier failures (${reason}): wait ${wait}, or give another key or fallback`;
}

/** A fallback that cannot be asked is no error of its own; but who wonders why it was not should learn it. */
function keylessTold(error: ChainError, keyless: readonly ModelTarget[]): string {
  if (error instanceof ChainStoppedError || keyless.length === 0) return "";
  const named = keyless.map(({ provider, model }) => `${provider}/${model} (${keyVariables(provider)[0]})`);
  return `; not asked, as no key is given: ${named.join(", ")}`;
}

function reasonOf(
  error: ChainError,
  last: FailedAttempt | undefined,
  events: readonly ChainEvent[],
): ErrorReason {
  const known = error.classification ?? last?.classification;
  if (known !== undefined) return known.reason;
  const skip = events.findLast((event) => event.type === "skip");
  return skip?.reason ?? "timeout";
}

/** More models and keys than this make no message better. */
const MOST_SHOWN = 8;

/** Such as `openai/gpt …1234: overloaded, overloaded; …`. */
function summaryOf(attempts: readonly AttemptRecord[]): string {
  const byTarget = new Map<string, string[]>();
  for (const { provider, model, key, outcome } of attempts) {
    const name = `${provider}/${model}${key === undefined ? "" : ` ${key}`}`;
    byTarget.set(name, [...(byTarget.get(name) ?? []), outcome]);
  }
  const parts = [...byTarget].map(([name, outcomes]) => `${name}: ${outcomes.join(", ")}`);
  const more = parts.length > MOST_SHOWN ? `; and ${parts.length - MOST_SHOWN} more` : "";
  return `${parts.slice(0, MOST_SHOWN).join("; ")}${more}`;
}
