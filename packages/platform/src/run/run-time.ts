import { RunAbortedError, type RunSoFar, RunTimeoutError } from "../errors/run-errors.ts";
import type { RunRequest } from "./run-options.ts";

/** Why a run is ended whose own time is over. */
class TimeIsUp {
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
  }
}

/** Gives a run a signal that also aborts when its time is over. */
export async function withinRunTime<T>(
  request: RunRequest,
  work: (request: RunRequest) => Promise<T>,
): Promise<T> {
  const { timeoutMs, signal } = request;
  if (timeoutMs === undefined) return work(request);
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(new TimeIsUp(timeoutMs)), timeoutMs);
  try {
    const either = signal === undefined ? clock.signal : AbortSignal.any([signal, clock.signal]);
    return await work({ ...request, signal: either });
  } finally {
    clearTimeout(timer);
  }
}

/** What a run is ended with whose signal has aborted, by the signal's reason. */
export function endedRunError(
  reason: unknown,
  sessionId: string | undefined,
  soFar?: RunSoFar,
): RunAbortedError | RunTimeoutError {
  return reason instanceof TimeIsUp
    ? new RunTimeoutError(sessionId, reason.timeoutMs, soFar)
    : new RunAbortedError(sessionId, reason, soFar);
}
