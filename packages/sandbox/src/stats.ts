import type { LivingSandbox } from "./living-sandbox.ts";
import type { SandboxStats } from "./types.ts";

const bytesPerMb = 2 ** 20;

function megabytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / bytesPerMb;
}

const eachProcess = "each process may set aside this and 512 MB more, all together have no limit";

/** Limits that rlimits do not hold: they bound each process's own memory, not all of them together. */
function unenforced({ unheld }: LivingSandbox): string[] {
  return unheld.map((limit) => (limit === "memoryMb" ? `${limit} (${eachProcess})` : limit));
}

export function readStats(living: LivingSandbox): SandboxStats {
  const figures = living.cgroup?.stats();
  return {
    enforce: living.options.enforce,
    limitsBy: living.cgroup === undefined ? "rlimits" : `cgroup ${living.cgroup.join.kind}`,
    unenforced: unenforced(living),
    diskBy: living.diskBy,
    memoryMb: megabytes(figures?.memoryBytes),
    memoryPeakMb: megabytes(figures?.memoryPeakBytes),
    pids: figures?.pids,
    pidsPeak: figures?.pidsPeak,
    cpuMs: figures?.cpuUsageMs,
    throttledMs: figures?.throttledMs,
    ioReadMb: megabytes(figures?.ioReadBytes),
    ioWrittenMb: megabytes(figures?.ioWrittenBytes),
    oomKills: figures?.oomKills,
  };
}
