import type { Script } from "node:vm";

/** Longest time of a call in milliseconds of wall clock: much more than honest work needs on a loaded machine. */
const maxCallMs = 3000;

/** Runs code that must not hold the worker for ever. Says false when it was cut off. */
export type BoundedCall = (work: () => void) => boolean;

declare global {
  /** What the watched script calls; set only while it runs. */
  var cloisonBoundedWork: (() => void) | undefined;
}

let script: Script | undefined;

/**
 * A regular expression of a model can take longer than the universe is old (`(a+)+$`). V8 can stop one only
 * from a watchdog thread, and Node offers that as the timeout of a `vm` script (ERR_SCRIPT_EXECUTION_TIMEOUT).
 * The script runs in this context, so it costs a thread's start, about 0.2 ms, and no second heap.
 */
export const callBounded: BoundedCall = (work) => {
  script ??= new (process.getBuiltinModule("node:vm").Script)("globalThis.cloisonBoundedWork()");
  globalThis.cloisonBoundedWork = work;
  try {
    script.runInThisContext({ timeout: maxCallMs });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT")
      return false;
    throw error;
  } finally {
    globalThis.cloisonBoundedWork = undefined;
  }
};
