import { codeOf } from "../errors.ts";
import type { RunView } from "../run/run-view.ts";

/** Shows a run as JSON lines, one object with a `type` each: the run's own events, and what comes around them. */
export function createJsonView(write: (text: string) => void): RunView {
  const print = (type: string, fields: object) => write(`${JSON.stringify({ type, ...fields })}\n`);
  return {
    started: (start) => print("started", start),
    event: ({ type, ...fields }) => print(type, fields),
    ended: ({ result, durationMs, left }) => {
      for (const file of left) print("file", file);
      print("result", { ...result, durationMs });
    },
    sights: (rows) => {
      for (const row of rows) print("sight", row);
    },
    failed: (error) => {
      const message = error instanceof Error ? error.message : String(error);
      print("error", { code: codeOf(error), message });
    },
  };
}
