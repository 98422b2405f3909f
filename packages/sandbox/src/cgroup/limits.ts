import type { IoLimit } from "../types.ts";
import type { CgroupLimits } from "./cgroup.ts";
import { CgroupOptionError } from "./errors.ts";

/** Controllers that limits need, by their names on v2; v1's differ in one: "io" is "blkio" there. */
export type LimitController = "memory" | "pids" | "cpu" | "io";

export type LimitName = keyof CgroupLimits;

export const bytesPerMb = 2 ** 20;

/** The CFS bandwidth period, the kernel's own default; its smallest quota of 1000 µs makes 0.01 the least. */
export const cpuPeriodUs = 100_000;

/** Range of cpu.weight; 100 is what a group has that nobody has changed (cgroup-v2.rst, "Weights"). */
export const cpuWeights = { min: 1, max: 10_000, default: 100 } as const;

/** The least that io.max takes (tg_set_limit() in block/blk-throttle.c). */
export const leastIoRate = 2;

export const ioRates = ["readBps", "writeBps", "readIops", "writeIops"] as const;

const controllerOf: Readonly<Record<LimitName, LimitController>> = {
  memoryMb: "memory",
  swapMb: "memory",
  oomKill: "memory",
  pids: "pids",
  cpus: "cpu",
  cpuWeight: "cpu",
  io: "io",
};

/** Limits that were given, with the controllers that they need. */
export function neededFor(limits: CgroupLimits): { limit: LimitName; controller: LimitController }[] {
  const names = Object.keys(controllerOf) as LimitName[];
  return names
    .filter((limit) => limits[limit] !== undefined)
    .map((limit) => ({ limit, controller: controllerOf[limit] }));
}

const isWhole = (value: number, min: number) => Number.isSafeInteger(value) && value >= min;

/** @throws CgroupOptionError for an unknown limit or one out of range */
export function assertLimits(limits: CgroupLimits): void {
  const { memoryMb, swapMb, oomKill, pids, cpus, cpuWeight, io } = limits;
  for (const name of Object.keys(limits))
    if (!(name in controllerOf)) throw new CgroupOptionError(`unknown limit "${name}": remove it`);
  requireLimit(memoryMb === undefined || memoryMb >= 1, "memoryMb", "a number of at least 1");
  requireLimit(swapMb === undefined || swapMb >= 0, "swapMb", "a number of at least 0");
  requireLimit(pids === undefined || isWhole(pids, 1), "pids", "a whole number of at least 1");
  requireLimit(cpus === undefined || cpus >= 0.01, "cpus", "a number of at least 0.01");
  requireLimit(
    cpuWeight === undefined || (isWhole(cpuWeight, cpuWeights.min) && cpuWeight <= cpuWeights.max),
    "cpuWeight",
    `a whole number from ${cpuWeights.min} to ${cpuWeights.max}`,
  );
  requireLimit(
    [memoryMb, swapMb, cpus].every((limit) => limit !== Infinity),
    "limits",
    "finite",
  );
  requireLimit(
    memoryMb !== undefined || (swapMb === undefined && oomKill === undefined),
    "memoryMb",
    "given with swapMb or oomKill, which say how it is kept",
  );
  for (const each of io ?? []) assertIoLimit(each);
}

function assertIoLimit(limit: IoLimit): void {
  const given = ioRates.flatMap((rate) => limit[rate] ?? []);
  requireLimit(
    given.length > 0 && given.every((rate) => isWhole(rate, leastIoRate)),
    "io",
    `given as at least one of ${ioRates.join(", ")}, each a whole number of at least ${leastIoRate}`,
  );
}

function requireLimit(holds: boolean, name: string, wanted: string): void {
  if (!holds) throw new CgroupOptionError(`limit "${name}" must be ${wanted}`);
}

/** Checks a group's name: it becomes a directory's. */
export function assertGroupName(name: string): void {
  if (!/^[\w-]{1,64}$/.test(name)) {
    throw new CgroupOptionError(
      `cgroup name ${JSON.stringify(name)} must be 1 to 64 of a-z, A-Z, 0-9, "_" and "-"`,
    );
  }
}
