import type { CgroupLimits } from "./cgroup.ts";
import { CgroupOptionError } from "./errors.ts";

/** Controllers that limits need; the names are the same on v1 and v2. */
export type LimitController = "memory" | "pids" | "cpu";

export const bytesPerMb = 2 ** 20;

/** The CFS bandwidth period, the kernel's own default; its smallest quota of 1000 µs makes 0.01 the least. */
export const cpuPeriodUs = 100_000;

/** Checks limits and tells which controllers they need. */
export function controllersFor(limits: CgroupLimits): LimitController[] {
  const { memoryMb, pids, cpus, ...unknown } = limits;
  for (const name of Object.keys(unknown)) throw new CgroupOptionError(`unknown limit "${name}": remove it`);
  requireLimit(memoryMb === undefined || memoryMb >= 1, "memoryMb", "a number of at least 1");
  requireLimit(
    pids === undefined || (Number.isSafeInteger(pids) && pids >= 1),
    "pids",
    "a whole number of at least 1",
  );
  requireLimit(cpus === undefined || cpus >= 0.01, "cpus", "a number of at least 0.01");
  requireLimit(
    [memoryMb, cpus].every((limit) => limit !== Infinity),
    "limits",
    "finite",
  );
  const needed: LimitController[] = [];
  if (memoryMb !== undefined) needed.push("memory");
  if (pids !== undefined) needed.push("pids");
  if (cpus !== undefined) needed.push("cpu");
  return needed;
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
