import { Script } from "node:vm";

/** Milliseconds of wall clock: many times what honest work needs on a loaded machine. */
const MOST_MS = 500;

/** Names what the watched script calls, set only while it runs; nobody else has such a name by chance. */
const WORK = "cloison.platform.work";

let script: Script | undefined;

/**
 * Runs code that could hold the event loop for longer than the universe is old, as a regular expression can, and
 * with it all tenants. V8 stops such code only from a watchdog thread, which Node offers as the timeout of a `vm`
 * script; it costs about 0.2 ms.
 *
 * @returns undefined when it was cut off
 * @throws what the work throws
 */
export function withinMoment<T>(work: () => T): { readonly value: T } | undefined {
  script ??= new Script(`globalThis[Symbol.for(${JSON.stringify(WORK)})]()`);
  let value: { readonly value: T } | undefined;
  const key = Symbol.for(WORK);
  const run = () => {
    value = { value: work() };
  };
  Object.defineProperty(globalThis, key, { value: run, configurable: true });
  try {
    script.runInThisContext({ timeout: MOST_MS });
    return value;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT")
      return undefined;
    throw error;
  } finally {
    Reflect.deleteProperty(globalThis, key);
  }
}
