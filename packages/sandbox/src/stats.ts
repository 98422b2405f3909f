import type { LivingSandbox } from "./create-sandbox.ts";
import type { SandboxStats } from "./types.ts";

const bytesPerMb = 2 ** 20;

function megabytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / bytesPerMb;
}

/** Limits that rlimits do not hold: they bound each process's own memory, not all of them together. */
function unenforced({ options, cgroup }: LivingSandbox): string[] {
  if (cgroup !== undefined) return [];
  return [
    "memoryMb (each process has this limit of its own, and 512 MB of address space)",
    ...(options.limits.cpus === undefined ? [] : ["cpus"]),
  ];
}

export function readStats(living: LivingSandbox): SandboxStats {
  const figures = living.cgroup?.stats();
  return {
    enforce: living.options.enforce,
    limitsBy: living.cgroup === undefined ? "rlimits" : `cgroup ${living.cgroup.join.kind}`,
    unenforced: unenforced(living),
    memoryMb: megabytes(figures?.memoryBytes),
    memoryPeakMb: megabytes(figures?.memoryPeakBytes),
    pids: figures?.pids,
    cpuMs: figures?.cpuUsageMs,
    oomKills: figures?.oomKills,
  };
}
