import { hasEnded } from "../life/sandbox-end.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import { PortError } from "./port-error.ts";
import type { PortCall } from "./port-options.ts";

export interface TimedCall extends PortCall {
  /** What has not come about in time, and what to do then. */
  readonly late: { readonly what: string; readonly fix: string };
}

/**
 * Runs a call with a signal that aborts at the call's time limit, at its own signal's abort and at the sandbox's end;
 * the body then rejects with the signal's reason.
 */
export type InTime = <T>(call: TimedCall, body: (gaveUp: AbortSignal) => Promise<T>) => Promise<T>;

export function createInTime(living: LivingSandbox): InTime {
  const running = new Set<AbortController>();
  // Once for all calls: each would stay with the promise for as long as the sandbox lives.
  void living.closed.then((end) => {
    for (const controller of running) controller.abort(hasEnded(end));
  });
  return async ({ port, timeoutMs, signal, late }, body) => {
    signal?.throwIfAborted();
    if (living.end !== undefined) throw hasEnded(living.end);
    const controller = new AbortController();
    const onAbort = () => controller.abort(signal?.reason);
    const callOff = living.clock.after(timeoutMs, () =>
      controller.abort(
        new PortError(
          "PORT_TIMEOUT",
          `port ${port} inside the sandbox: ${late.what} within ${timeoutMs} ms; ${late.fix}`,
        ),
      ),
    );
    signal?.addEventListener("abort", onAbort, { once: true });
    running.add(controller);
    try {
      return await body(controller.signal);
    } finally {
      running.delete(controller);
      signal?.removeEventListener("abort", onAbort);
      callOff();
    }
  };
}
