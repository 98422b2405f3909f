import type { Benchmark } from "./row.ts";

/** By name; each is loaded only where it runs, so that none pays for what another one imports. */
export const benchmarks: Readonly<Record<string, () => Promise<Benchmark>>> = {
  createTrueDestroy: async () => (await import("./rows/create-true-destroy.ts")).createTrueDestroy,
  execTrue: async () => (await import("./rows/exec-true.ts")).execTrue,
  throughput: async () => (await import("./rows/throughput.ts")).throughput,
  ptyEcho: async () => (await import("./rows/pty-echo.ts")).ptyEcho,
  filesWriteRead: async () => (await import("./rows/files-write-read.ts")).filesWriteRead,
  idleSandbox: async () => (await import("./rows/idle-sandbox.ts")).idleSandbox,
  ports: async () => (await import("./rows/ports.ts")).ports,
  snapshotFork: async () => (await import("./rows/snapshot-fork.ts")).snapshotFork,
  coldFirstByte: async () => (await import("./rows/cold-first-byte.ts")).coldFirstByte,
  workerReady: async () => (await import("./rows/worker-ready.ts")).workerReady,
  toolArguments: async () => (await import("./rows/tool-arguments.ts")).toolArguments,
  idleAgent: async () => (await import("./rows/idle-agent.ts")).idleAgent,
  sessionAppend: async () => (await import("./rows/session-append.ts")).sessionAppend,
  sessionList: async () => (await import("./rows/session-list.ts")).sessionList,
  fallbackOverhead: async () => (await import("./rows/fallback-overhead.ts")).fallbackOverhead,
};
