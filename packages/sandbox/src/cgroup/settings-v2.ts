import { join } from "node:path";
import type { IoLimit } from "../types.ts";
import type { CgroupLimits } from "./cgroup.ts";
import { bytesPerMb, cpuPeriodUs } from "./limits.ts";
import type { Setting } from "./make-group.ts";

/** What the limits depend on beside themselves. */
export interface V2Ground {
  /** The kernel can swap (CONFIG_SWAP). */
  readonly hasSwap: boolean;
  /** A path's disk, as `MAJOR:MINOR`. */
  diskOf(path: string): string;
}

const swapFix = "this kernel does not count swap, so it cannot be limited: boot with swapaccount=1";

/** io.max's names (cgroup-v2.rst, "IO Interface Files"). */
const ioKeys = [
  ["readBps", "rbps"],
  ["writeBps", "wbps"],
  ["readIops", "riops"],
  ["writeIops", "wiops"],
] as const;

/** A disk's line of io.max. */
function ioMaxLine(disk: string, limit: IoLimit): string {
  const given = ioKeys.flatMap(([name, key]) => (limit[name] === undefined ? [] : `${key}=${limit[name]}`));
  return [disk, ...given].join(" ");
}

/** The control files to write for limits, in order (Documentation/admin-guide/cgroup-v2.rst). */
export function settingsV2(group: string, limits: CgroupLimits, ground: V2Ground): Setting[] {
  const { pids, cpus, cpuWeight, io = [] } = limits;
  const set = (file: string, value: string | number): Setting => ({ path: join(group, file), value });
  return [
    ...memorySettings(set, limits, ground),
    ...(pids === undefined ? [] : [set("pids.max", pids)]),
    ...(cpus === undefined ? [] : [set("cpu.max", `${Math.floor(cpus * cpuPeriodUs)} ${cpuPeriodUs}`)]),
    ...(cpuWeight === undefined ? [] : [set("cpu.weight", cpuWeight)]),
    ...io.map((limit) => set("io.max", ioMaxLine(ground.diskOf(limit.path), limit))),
  ];
}

/**
 * memory.oom.group is 0 by default: with 1, one command that asks for too much takes the sandbox's init and all
 * other commands down with it, which is for the caller to ask for.
 */
function memorySettings(
  set: (file: string, value: string | number) => Setting,
  { memoryMb, swapMb = 0, oomKill }: CgroupLimits,
  { hasSwap }: V2Ground,
): Setting[] {
  if (memoryMb === undefined) return [];
  return [
    set("memory.max", Math.floor(memoryMb * bytesPerMb)),
    ...(hasSwap ? [{ ...set("memory.swap.max", Math.floor(swapMb * bytesPerMb)), fix: swapFix }] : []),
    ...(oomKill === "sandbox" ? [set("memory.oom.group", 1)] : []),
  ];
}
