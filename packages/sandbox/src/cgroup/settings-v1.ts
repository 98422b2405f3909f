import { join } from "node:path";
import type { IoLimit } from "../types.ts";
import type { CgroupLimits } from "./cgroup.ts";
import type { V1Directories } from "./group-v1.ts";
import { bytesPerMb, cpuPeriodUs, cpuWeights } from "./limits.ts";
import type { Setting } from "./make-group.ts";

/** What the limits depend on beside themselves. */
export interface V1SettingsGround {
  /** Swap is counted (CONFIG_SWAP, and not switched off by swapaccount=0). */
  readonly countsSwap: boolean;
  /** There is memory.kmem.tcp.limit_in_bytes, which newer kernels call deprecated. */
  readonly countsSockets: boolean;
  /** A path's disk, as `MAJOR:MINOR`. */
  diskOf(path: string): string;
}

/**
 * Buffers of TCP and UDP are none of memory.limit_in_bytes, and are not counted at all without a limit of their own:
 * they get this part of the memory, on top of it.
 */
const socketShare = 8;

/** cpu.shares of a group that nobody has changed. */
const defaultShares = 1024;

/** The kernel's own conversion of cpu.weight (sched_weight_from_cgroup() in kernel/sched/sched.h). */
export function sharesOf(cpuWeight: number): number {
  return Math.round((cpuWeight * defaultShares) / cpuWeights.default);
}

const readFiles = [
  ["readBps", "blkio.throttle.read_bps_device"],
  ["readIops", "blkio.throttle.read_iops_device"],
] as const;

/** The control files to write for limits, in order (Documentation/admin-guide/cgroup-v1, sched-bwc.rst). */
export function settingsV1(at: V1Directories, limits: CgroupLimits, ground: V1SettingsGround): Setting[] {
  return [
    ...memorySettings(at, limits, ground),
    ...(at.pids === undefined || limits.pids === undefined
      ? []
      : [{ path: join(at.pids, "pids.max"), value: limits.pids }]),
    ...cpuSettings(at, limits),
    ...(limits.io ?? []).flatMap((limit) => readSettings(at, limit, ground)),
  ];
}

/**
 * memory.use_hierarchy needs no setting: a group has no children under the memory controller. Where swap is
 * not counted, a swappiness of 0 keeps the group from evading its limit into swap.
 */
function memorySettings(
  { memory }: V1Directories,
  { memoryMb, swapMb = 0 }: CgroupLimits,
  { countsSwap, countsSockets }: V1SettingsGround,
): Setting[] {
  if (memory === undefined || memoryMb === undefined) return [];
  const bytes = Math.floor(memoryMb * bytesPerMb);
  const sockets = join(memory, "memory.kmem.tcp.limit_in_bytes");
  const withSwap = bytes + Math.floor(swapMb * bytesPerMb);
  return [
    { path: join(memory, "memory.limit_in_bytes"), value: bytes },
    ...(countsSockets ? [{ path: sockets, value: Math.floor(bytes / socketShare) }] : []),
    countsSwap
      ? { path: join(memory, "memory.memsw.limit_in_bytes"), value: withSwap }
      : { path: join(memory, "memory.swappiness"), value: 0 },
  ];
}

function cpuSettings({ cpu }: V1Directories, { cpus, cpuWeight }: CgroupLimits): Setting[] {
  if (cpu === undefined) return [];
  const quota =
    cpus === undefined
      ? []
      : [
          { path: join(cpu, "cpu.cfs_period_us"), value: cpuPeriodUs },
          { path: join(cpu, "cpu.cfs_quota_us"), value: Math.floor(cpus * cpuPeriodUs) },
        ];
  return cpuWeight === undefined
    ? quota
    : [...quota, { path: join(cpu, "cpu.shares"), value: sharesOf(cpuWeight) }];
}

function readSettings({ blkio }: V1Directories, limit: IoLimit, ground: V1SettingsGround): Setting[] {
  if (blkio === undefined) return [];
  const disk = ground.diskOf(limit.path);
  return readFiles.flatMap(([name, file]) =>
    limit[name] === undefined ? [] : [{ path: join(blkio, file), value: `${disk} ${limit[name]}` }],
  );
}
