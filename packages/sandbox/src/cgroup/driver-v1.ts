import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import type { CgroupDriver, CgroupLimits } from "./cgroup.ts";
import { CgroupUnavailableError, delegationFix } from "./errors.ts";
import { openGroupV1, type V1Directories } from "./group-v1.ts";
import { assertGroupName, bytesPerMb, controllersFor, cpuPeriodUs, type LimitController } from "./limits.ts";
import { makeGroup, type Setting } from "./make-group.ts";
import { ownerPrefix } from "./owner.ts";

type V1Controller = LimitController | "freezer" | "cpuacct";

const controllers: readonly V1Controller[] = ["freezer", "memory", "pids", "cpu", "cpuacct"];

/** What is the same for every group of a driver, looked up once. */
interface V1Ground {
  readonly bases: Readonly<Partial<Record<V1Controller, string>>> & { readonly freezer: string };
  /** Swap is counted (CONFIG_SWAP, and not switched off by swapaccount=0). */
  readonly countsSwap: boolean;
}

/**
 * The v1 hierarchies of this machine: every limit's controller in its own, and the freezer, without which a
 * group cannot be killed as a whole.
 *
 * @param hierarchies directories in which groups are made, by controller
 * @throws CgroupUnavailableError when there is no freezer or it is not writable
 */
export function createDriverV1(hierarchies: ReadonlyMap<string, string>): CgroupDriver {
  const bases: Partial<Record<V1Controller, string>> = {};
  for (const controller of controllers) {
    const directory = hierarchies.get(controller);
    if (directory !== undefined && isWritable(directory)) bases[controller] = directory;
  }
  const { freezer, memory } = bases;
  if (freezer === undefined) throw unavailable("freezer", hierarchies.get("freezer"));
  const countsSwap = memory !== undefined && existsSync(join(memory, "memory.memsw.limit_in_bytes"));
  const ground: V1Ground = { bases: { ...bases, freezer }, countsSwap };
  return {
    version: "v1",
    description: `cgroup v1: ${controllers.filter((name) => bases[name] !== undefined).join(", ")}${countsSwap ? "; memory with swap" : ""}`,
    bases: [...new Set(Object.values(bases))],
    create(name, limits) {
      assertGroupName(name);
      const at = directoriesFor(ground, hierarchies, { directoryName: ownerPrefix() + name, limits });
      makeGroup([...new Set(Object.values(at))], settingsFor(ground, at, limits));
      return openGroupV1(at);
    },
    adopt: (directoryName) => openGroupV1(existing(ground, directoryName)),
  };
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false; // the reason does not matter: the directory serves for nothing without it
  }
}

function unavailable(controller: string, directory: string | undefined): CgroupUnavailableError {
  const message =
    directory === undefined
      ? `is not mounted: mount it (mount -t cgroup -o ${controller} none DIRECTORY), or do without what needs it`
      : `may not be written to at ${directory}: ${delegationFix}`;
  return new CgroupUnavailableError(`the cgroup v1 hierarchy "${controller}" ${message}`);
}

/** The freezer always; beyond it only what a limit needs, and CPU time where CPU is limited. */
function directoriesFor(
  { bases }: V1Ground,
  hierarchies: ReadonlyMap<string, string>,
  group: { readonly directoryName: string; readonly limits: CgroupLimits },
): V1Directories {
  const at: Partial<Record<V1Controller, string>> = {};
  for (const controller of controllersFor(group.limits)) {
    const base = bases[controller];
    if (base === undefined) throw unavailable(controller, hierarchies.get(controller));
    at[controller] = join(base, group.directoryName);
  }
  if (at.cpu !== undefined && bases.cpuacct !== undefined)
    at.cpuacct = join(bases.cpuacct, group.directoryName);
  return { freezer: join(bases.freezer, group.directoryName), ...at };
}

/**
 * memory.use_hierarchy needs no setting: a group has no children under the memory controller. Where swap is
 * not counted, a swappiness of 0 keeps the group from evading its limit into swap.
 */
function settingsFor({ countsSwap }: V1Ground, at: V1Directories, limits: CgroupLimits): Setting[] {
  const settings: Setting[] = [];
  const { memoryMb, pids, cpus } = limits;
  if (at.memory !== undefined && memoryMb !== undefined) {
    const bytes = Math.floor(memoryMb * bytesPerMb);
    settings.push({ path: join(at.memory, "memory.limit_in_bytes"), value: bytes });
    if (countsSwap) settings.push({ path: join(at.memory, "memory.memsw.limit_in_bytes"), value: bytes });
    else settings.push({ path: join(at.memory, "memory.swappiness"), value: 0 });
  }
  if (at.pids !== undefined && pids !== undefined)
    settings.push({ path: join(at.pids, "pids.max"), value: pids });
  if (at.cpu !== undefined && cpus !== undefined) {
    settings.push({ path: join(at.cpu, "cpu.cfs_period_us"), value: cpuPeriodUs });
    settings.push({ path: join(at.cpu, "cpu.cfs_quota_us"), value: Math.floor(cpus * cpuPeriodUs) });
  }
  return settings;
}

/** The freezer's directory may be gone when a removal was cut short: what is left is killed without it. */
function existing({ bases }: V1Ground, directoryName: string): V1Directories {
  const at: Partial<Record<V1Controller, string>> = {};
  for (const controller of controllers) {
    const base = bases[controller];
    if (base !== undefined && existsSync(join(base, directoryName)))
      at[controller] = join(base, directoryName);
  }
  return { freezer: join(bases.freezer, directoryName), ...at };
}
