import { fileURLToPath } from "node:url";

/** A bind mount, as `createSandbox` of @cloison/sandbox takes it. */
export interface WorkerMount {
  readonly source: string;
  readonly target: string;
  readonly access: "ro";
}

const nodeTarget = "/opt/cloison/node";
const workerTarget = "/opt/cloison/worker.cjs";

/**
 * The read-only mounts that a sandbox needs to run an agent: the Node binary of this process and the worker,
 * one file, both under /opt/cloison.
 */
export function workerMounts(): WorkerMount[] {
  const worker = fileURLToPath(new URL("../dist/worker.cjs", import.meta.url));
  return [
    { source: process.execPath, target: nodeTarget, access: "ro" },
    { source: worker, target: workerTarget, access: "ro" },
  ];
}

/**
 * How the worker is started in the sandbox. The flags bound what a busy worker keeps: the young generation
 * stays at 1 MB a half-space instead of 16, the heap at 256 MB, and V8 has one helper thread instead of four.
 */
export const workerCommand: readonly string[] = [
  nodeTarget,
  "--max-semi-space-size=1",
  "--max-old-space-size=256",
  "--v8-pool-size=1",
  "--no-warnings",
  workerTarget,
];
