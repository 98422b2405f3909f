import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import { diskOf } from "./block-device.ts";
import type { CgroupDriver, CgroupLimits, Refusal } from "./cgroup.ts";
import { CgroupUnavailableError, delegationFix } from "./errors.ts";
import { openGroupV1, type V1Controller, type V1Directories } from "./group-v1.ts";
import { assertGroupName, assertLimits, type LimitController, neededFor } from "./limits.ts";
import { makeGroup } from "./make-group.ts";
import { ownerPrefix } from "./owner.ts";
import { refusedDisks } from "./refused-disks.ts";
import { settingsV1 } from "./settings-v1.ts";

const controllers: readonly V1Controller[] = ["freezer", "memory", "pids", "cpu", "cpuacct", "blkio"];

/** What is the same for every group of a driver, looked up once. */
interface V1Ground {
  /** Directories in which groups may be made. */
  readonly bases: Readonly<Partial<Record<V1Controller, string>>> & { readonly freezer: string };
  /** All that are mounted, writable or not. */
  readonly hierarchies: ReadonlyMap<string, string>;
  readonly countsSwap: boolean;
  readonly countsSockets: boolean;
  diskOf(path: string): string;
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
  const counts = (name: string) =>
    memory !== undefined && existsSync(join(memory, `memory.${name}.limit_in_bytes`));
  const countsSwap = counts("memsw");
  const ground: V1Ground = {
    bases: { ...bases, freezer },
    hierarchies,
    countsSwap,
    countsSockets: counts("kmem.tcp"),
    diskOf,
  };
  return {
    version: "v1",
    description: `cgroup v1: ${controllers.filter((name) => bases[name] !== undefined).join(", ")}${countsSwap ? "; memory with swap" : ""}`,
    bases: [...new Set(Object.values(bases))],
    create(name, limits) {
      assertGroupName(name);
      for (const { error } of refusals(ground, limits)) throw error;
      const at = directoriesFor(ground, ownerPrefix() + name, limits);
      makeGroup([...new Set(Object.values(at))], settingsV1(at, limits, ground));
      return openGroupV1(at);
    },
    refusals: (limits) => refusals(ground, limits),
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

const hierarchyOf = (controller: LimitController): V1Controller =>
  controller === "io" ? "blkio" : controller;

function refusals({ bases, hierarchies, countsSwap }: V1Ground, limits: CgroupLimits): Refusal[] {
  assertLimits(limits);
  const refused: Refusal[] = [];
  for (const { limit, controller } of neededFor(limits)) {
    const name = hierarchyOf(controller);
    if (bases[name] === undefined) refused.push({ limit, error: unavailable(name, hierarchies.get(name)) });
  }
  if (!countsSwap && (limits.swapMb ?? 0) > 0) refused.push({ limit: "swapMb", error: uncountedSwap() });
  if (limits.io?.some(({ writeBps, writeIops }) => (writeBps ?? writeIops) !== undefined))
    refused.push({ limit: "io", error: uncountedWrites() });
  return [...refused, ...refusedDisks(limits)];
}

function uncountedSwap(): CgroupUnavailableError {
  return new CgroupUnavailableError(
    "this kernel does not count swap: boot with swapaccount=1, or leave swapMb out, which keeps the sandbox out of swap",
  );
}

/** A write goes to memory first and to the disk by a process of the kernel's, which v1 charges to nobody. */
function uncountedWrites(): CgroupUnavailableError {
  return new CgroupUnavailableError(
    "cgroup v1 cannot limit writes that the kernel buffers (blkio-controller.rst): boot with cgroup v2 alone (systemd.unified_cgroup_hierarchy=1), or leave writeBps and writeIops out",
  );
}

/** The freezer always, and what counts CPU time where it can; beyond them only what a limit needs. */
function directoriesFor({ bases }: V1Ground, directoryName: string, limits: CgroupLimits): V1Directories {
  const at: Partial<Record<V1Controller, string>> = {};
  for (const { controller } of neededFor(limits)) {
    const name = hierarchyOf(controller);
    if (bases[name] !== undefined) at[name] = join(bases[name], directoryName);
  }
  if (bases.cpuacct !== undefined) at.cpuacct = join(bases.cpuacct, directoryName);
  return { freezer: join(bases.freezer, directoryName), ...at };
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
