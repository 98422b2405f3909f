import { type Clock, systemClock } from "@cloison/fallback";
import { FailedAttempt } from "./failed-attempt.ts";

/** How long an attempt may take, and what else ends it. */
export interface TimeLimit {
  /** Undefined: as long as the signal lets it. */
  readonly ms: number | undefined;
  readonly signal: AbortSignal;
  readonly clock: Clock | undefined;
}

/**
 * Asks with a signal that also aborts when the time is over. What is asked is waited for all the same, so that
 * nothing of a late attempt is heard once the next one has begun.
 *
 * @throws FailedAttempt where the time was over; else what `ask` throws
 */
export async function withinTime<T>(
  { ms, signal, clock = systemClock }: TimeLimit,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (ms === undefined) return await ask(signal);
  const late = new AbortController();
  const cancel = clock.after(ms, () => late.abort(new DOMException("The attempt is late.", "TimeoutError")));
  try {
    return await ask(AbortSignal.any([signal, late.signal]));
  } catch (error) {
    throw late.signal.aborted && !signal.aborted ? lateAttempt(ms, error) : error;
  } finally {
    cancel();
  }
}

function lateAttempt(ms: number, error: unknown): FailedAttempt {
  return new FailedAttempt({
    words: `no whole answer within ${ms / 1000} s (attemptTimeoutMs)`,
    classification: {
      reason: "timeout",
      retryable: true,
      scope: "model",
      confidence: 1,
      matched: "platform/attempt-timeout",
    },
    usage: error instanceof FailedAttempt ? error.usage : undefined,
  });
}
