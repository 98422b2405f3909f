// Runs the corpus of attacks as root and as a user with a delegated cgroup, each probe a result of its own.
import { runCorpus } from "../../../packages/sandbox/dist/tools/attacks/index.js";
import { tell } from "./tell.mjs";

let started = performance.now();

/** @param {import("../../../packages/sandbox/dist/tools/attacks/index.js").ProbeResult} probe @returns {"passed" | "failed" | "skipped"} */
function stateOf({ outcome, control }) {
  if (outcome === "escaped" || control === "failed") return "failed";
  return outcome === "skipped" ? "skipped" : "passed";
}

await runCorpus({
  onProbe(probe) {
    const state = stateOf(probe);
    tell({
      file: `attacks as ${probe.as}`,
      name: probe.id,
      state,
      note: state === "skipped" ? probe.detail : undefined,
      ms: Math.round(performance.now() - started),
      errors:
        state === "failed" ? [`${probe.outcome}, and its control ${probe.control}: ${probe.detail}`] : [],
    });
    started = performance.now();
  },
});
