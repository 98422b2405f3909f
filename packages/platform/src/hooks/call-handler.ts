import { AsyncLocalStorage } from "node:async_hooks";
import { HookError } from "../errors/hook-errors.ts";
import type { HookInput, HookName } from "./hook-inputs.ts";
import type { Registration } from "./hook-registry.ts";
import { type HookResults, readHookResult } from "./hook-results.ts";
import { TimeLimit } from "./time-limit.ts";

/** A call of a handler that is going on, and the one within which it was made. */
interface LiveCall {
  readonly registration: object;
  readonly within: LiveCall | undefined;
  over: boolean;
}

const live = new AsyncLocalStorage<LiveCall>();

/** What a call's input is made with. */
export interface HandlerTime {
  /** For the handler: nobody waits for it any more. */
  readonly signal: AbortSignal;
  readonly limit: TimeLimit;
}

export interface HandlerCall<N extends HookName> {
  readonly registration: Registration<N>;
  readonly input: (time: HandlerTime) => HookInput<N>;
  /** Undefined: nothing but its time ends the call. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Calls one handler and checks what it returns. A handler that starts a run which comes to the same handler again
 * would wait for itself for ever: the inner call fails.
 *
 * @throws HookError; the signal's reason
 */
export async function callHandler<N extends HookName>(
  call: HandlerCall<N>,
): Promise<HookResults[N] | undefined> {
  const { registration, signal } = call;
  const { name, handler, timeoutMs } = registration;
  signal?.throwIfAborted();
  if (isWithin(registration)) throw new HookError(name, "reentered");
  const limit = new TimeLimit(timeoutMs);
  const either = signal === undefined ? limit.signal : AbortSignal.any([limit.signal, signal]);
  const input = call.input({ signal: either, limit });
  const mark: LiveCall = { registration, within: live.getStore(), over: false };
  const made = live.run(mark, async () => handler(input));
  const done = () => {
    mark.over = true;
  };
  made.then(done, done);
  const value = await orAborted(made, either)
    .catch((error: unknown) => {
      signal?.throwIfAborted();
      throw limit.signal.aborted ? new HookError(name, "timeout") : new HookError(name, "threw", error);
    })
    .finally(() => limit.end());
  return readResult(name, value);
}

function readResult<N extends HookName>(name: N, value: unknown): HookResults[N] | undefined {
  try {
    return readHookResult(name, value);
  } catch (error) {
    throw new HookError(name, "result", error);
  }
}

/** Whether this code was called, by however many steps, from the handler while it is still going on. */
function isWithin(registration: object): boolean {
  for (let call = live.getStore(); call !== undefined; call = call.within)
    if (!call.over && call.registration === registration) return true;
  return false;
}

/** What has not come when the signal aborts is not waited for. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
