import type { CgroupStats } from "../cgroup/index.ts";
import { SandboxClosedError } from "../errors.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import type { SandboxStats } from "../types.ts";
import type { LauncherRequests } from "./launcher-requests.ts";
import { readNetwork } from "./network-stats.ts";

const bytesPerMb = 2 ** 20;

function megabytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / bytesPerMb;
}

const eachProcess = "each process may set aside this and 512 MB more, all together have no limit";

/** Limits that rlimits do not hold: they bound each process's own memory, not all of them together. */
function unenforced({ unheld }: LivingSandbox): string[] {
  return unheld.map((limit) => (limit === "memoryMb" ? `${limit} (${eachProcess})` : limit));
}

function cgroupFigures(figures: CgroupStats | undefined) {
  return {
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

/** Figures that are there, over those that were read before. */
function update<T extends object>(before: T, now: T): T {
  const known = Object.entries(now).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(known) };
}

const unknownDisk: SandboxStats["disk"] = { inMemory: undefined, inMounts: undefined };

async function diskUsage(usage: LauncherRequests["usage"]): Promise<SandboxStats["disk"]> {
  try {
    return await usage();
  } catch (error) {
    if (error instanceof SandboxClosedError) return unknownDisk;
    throw error;
  }
}

/** @returns what reads the figures, and keeps them for when the sandbox has ended */
export function createStats(
  living: LivingSandbox,
  usage: LauncherRequests["usage"],
): () => Promise<SandboxStats> {
  let group = cgroupFigures(undefined);
  let disk = unknownDisk;
  let network: SandboxStats["network"];
  return async () => {
    const { inMemory, inMounts } = await diskUsage(usage);
    disk = { inMemory, inMounts: inMounts ?? disk.inMounts };
    network = readNetwork(living) ?? network;
    const { memoryMb, pids, ...sums } = cgroupFigures(living.cgroup?.stats());
    group = { ...update(group, sums), memoryMb, pids };
    return {
      enforce: living.options.enforce,
      limitsBy: living.cgroup === undefined ? "rlimits" : `cgroup ${living.cgroup.join.kind}`,
      unenforced: unenforced(living),
      diskBy: living.diskBy,
      ...group,
      uptimeMs: living.clock.now(),
      disk,
      network,
    };
  };
}
