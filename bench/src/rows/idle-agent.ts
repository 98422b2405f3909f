import { startAgentWorker, workerMounts } from "@cloison/agent";
import { createSandbox } from "@cloison/sandbox";
import { descendants, pssMb } from "../processes.ts";
import { type Benchmark, toRow } from "../row.ts";

const fleet = 20;
/** MB, as the first slice must hold it. */
const budget = 18;

/** Proportional memory of everything that one idle agent adds: launchers, PID 1 and the worker. */
export const idleAgent: Benchmark = async () => {
  await using alone = await startAgent();
  const single = totalPss();
  const others = await Promise.all(Array.from({ length: fleet - 1 }, startAgent));
  const each = totalPss() / fleet;
  await Promise.all(others.map((agent) => agent[Symbol.asyncDispose]()));
  void alone;
  return [
    toRow({ name: "agent.idle-pss", unit: "MB", values: [each], budget }),
    toRow({ name: "agent.idle-pss-alone", unit: "MB", values: [single] }),
  ];
};

async function startAgent(): Promise<AsyncDisposable> {
  const sandbox = await createSandbox({ mounts: workerMounts() });
  const worker = await startAgentWorker({ sandbox, cwd: "/tmp" });
  return {
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      await sandbox.kill();
    },
  };
}

function totalPss(): number {
  return descendants(process.pid).reduce((sum, pid) => sum + pssMb(pid), 0);
}
