import { SubagentTimeoutError } from "../errors/subagent-errors.ts";

/** A signal that aborts with another one, or when a time is over. */
export interface TimeLimit {
  /** Its reason is a SubagentTimeoutError when the time was over first, else the other signal's reason. */
  readonly signal: AbortSignal;
  /** The error, once the time is over. */
  timedOut(): SubagentTimeoutError | undefined;
  /** Stops the clock. */
  end(): void;
}

/** @param timeoutMs 1 to 2,147,483,647; undefined for no limit of its own */
export function limitTime(outer: AbortSignal | undefined, timeoutMs: number | undefined): TimeLimit {
  const controller = new AbortController();
  let timeout: SubagentTimeoutError | undefined;
  const follow = () => controller.abort(outer?.reason);
  const expire = () => {
    if (timeoutMs === undefined || controller.signal.aborted) return;
    timeout = new SubagentTimeoutError(timeoutMs);
    controller.abort(timeout);
  };
  if (outer?.aborted) follow();
  outer?.addEventListener("abort", follow, { once: true });
  const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs);
  return {
    signal: controller.signal,
    timedOut: () => timeout,
    end: () => {
      clearTimeout(timer);
      outer?.removeEventListener("abort", follow);
    },
  };
}
