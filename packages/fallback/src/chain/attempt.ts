import type { Classification } from "../classify/types.ts";
import { FallbackOptionsError } from "../errors.ts";
import { isObject } from "../read-options.ts";
import type { LazyAbort } from "./lazy-abort.ts";
import type { Target } from "./plan.ts";
import { isReason } from "./reason-rules.ts";
import type { ChainSettings } from "./settings.ts";
import type { Attempt, Candidate } from "./types.ts";

export type Task<T> = (attempt: Attempt) => Promise<T>;

interface Call {
  readonly target: Target;
  readonly number: number;
  readonly abort: LazyAbort;
}

/** An attempt took longer than `attemptTimeoutMs`. */
class AttemptTimeout extends DOMException {
  constructor(ms: number) {
    super(`no answer within ${ms} ms (attemptTimeoutMs)`, "TimeoutError");
  }
}

const TIMED_OUT: Classification = {
  reason: "timeout",
  retryable: true,
  scope: "model",
  confidence: 1,
  matched: "chain/attempt-timeout",
};

/** Calls the task; rejects at the attempt's timeout even if the task goes on. */
export function callTask<T>(settings: ChainSettings, task: Task<T>, call: Call): Promise<T> {
  const attempt = createAttempt(call);
  const { attemptTimeoutMs: ms, clock } = settings;
  if (ms === undefined) return task(attempt);
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => {
      const error = new AttemptTimeout(ms);
      reject(error);
      call.abort.abort(error);
    });
    // A task that ignores its signal may never settle: the timer would keep the process alive after the run.
    call.abort.onAbort(cancel);
    const settled =
      <V>(settle: (value: V) => void) =>
      (value: V) => {
        cancel();
        settle(value);
      };
    // In a promise of its own, as the task may throw before it makes one.
    new Promise<T>((answer) => answer(task(attempt))).then(settled(resolve), settled(reject));
  });
}

function createAttempt({ target, number, abort }: Call): Attempt {
  const { candidate } = target.slot;
  return {
    provider: candidate.provider,
    model: candidate.model,
    candidate,
    key: target.key,
    keyLabel: target.keyLabel,
    number,
    get signal() {
      return abort.signal;
    },
  };
}

/** @throws FallbackOptionsError where a classifier of the caller's gives no classification */
export function classifyFailure(
  { classify }: ChainSettings,
  error: unknown,
  candidate: Candidate,
): Classification {
  if (error instanceof AttemptTimeout) return TIMED_OUT;
  const classification: unknown = classify(error, candidate);
  if (isClassification(classification)) return classification;
  throw new FallbackOptionsError(
    "classify",
    "createFallback: classify must return a classification: { reason, scope, retryable, confidence, matched }, " +
      "or what classifyError(errorInputOf(error)) returns",
  );
}

/** The classification that an error carries with it. */
export function carriedClassification(error: unknown): Classification | undefined {
  const carried = isObject(error) ? error.classification : undefined;
  return isClassification(carried) ? carried : undefined;
}

function isClassification(value: unknown): value is Classification {
  if (!isObject(value)) return false;
  const { reason, scope, matched, retryAfterMs } = value;
  return (
    typeof reason === "string" &&
    isReason(reason) &&
    typeof scope === "string" &&
    typeof matched === "string" &&
    (retryAfterMs === undefined || typeof retryAfterMs === "number")
  );
}
