import { stackOf } from "../errors/words-of.ts";
import type { RunEvent, RunListener } from "./run-events.ts";

/** What stays true for the rest of a run is told once. */
const TOLD_ONCE: ReadonlySet<RunEvent["type"]> = new Set(["context_warning"]);

/**
 * Makes the function that a run tells its events to. A listener only looks on: if it throws, or
 * returns a promise that rejects, the run goes on, and the first failure of a run is reported as a
 * process warning with the code `CLOISON_LISTENER_FAILED`.
 */
export function createEventSink(listener: RunListener | undefined): RunListener {
  if (listener === undefined) return () => undefined;
  let reported = false;
  const report = (error: unknown): void => {
    if (reported) return;
    reported = true;
    process.emitWarning("an onEvent listener failed; the run goes on", {
      code: "CLOISON_LISTENER_FAILED",
      detail: stackOf(error),
    });
  };
  const call: (event: RunEvent) => unknown = listener;
  const told = new Set<RunEvent["type"]>();
  return (event) => {
    if (told.has(event.type)) return;
    if (TOLD_ONCE.has(event.type)) told.add(event.type);
    try {
      // An async function may stand where one without a result is asked for.
      Promise.resolve(call(event)).catch(report);
    } catch (error) {
      report(error);
    }
  };
}
