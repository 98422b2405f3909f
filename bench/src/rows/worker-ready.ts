import { startAgentWorker, workerMounts } from "@cloison/agent";
import { createSandbox } from "@cloison/sandbox";
import { type Benchmark, timeRuns, toRow } from "../row.ts";

const runs = 40;

/**
 * A new sandbox with a new worker that can take tool calls. The first model call does not wait for it, so this
 * bounds how soon a first tool can run, not the first byte.
 */
export const workerReady: Benchmark = async () => {
  const values: number[] = [];
  for (let run = -3; run < runs; run++) {
    const sandboxes: AsyncDisposable[] = [];
    const [time = Number.NaN] = await timeRuns(
      1,
      async () => {
        const sandbox = await createSandbox({ mounts: workerMounts() });
        sandboxes.push(await startAgentWorker({ sandbox, cwd: "/tmp" }), sandbox);
      },
      0,
    );
    for (const each of sandboxes) await each[Symbol.asyncDispose]();
    if (run >= 0) values.push(time);
  }
  return [toRow({ name: "agent.cold-worker-ready", unit: "ms", values })];
};
