import { join } from "node:path";
import type { CgroupDriver, CgroupLimits } from "./cgroup.ts";
import { prepareBase } from "./delegation-v2.ts";
import { CgroupUnavailableError, delegationFix } from "./errors.ts";
import { openGroupV2 } from "./group-v2.ts";
import { assertGroupName, bytesPerMb, controllersFor, cpuPeriodUs } from "./limits.ts";
import { makeGroup, type Setting } from "./make-group.ts";
import { ownerPrefix } from "./owner.ts";

/**
 * The v2 hierarchy, from the host process's own group downwards. May move the host into a leaf of its group:
 * see {@link prepareBase}.
 *
 * @throws CgroupUnavailableError when the group is not this user's to divide
 */
export function createDriverV2(own: string): CgroupDriver {
  const { directory, controllers } = prepareBase(own);
  const names = [...controllers].join(", ") || "no controllers, processes are only grouped";
  return {
    version: "v2",
    description: `cgroup v2: ${names}`,
    bases: [directory],
    create(name, limits) {
      assertGroupName(name);
      for (const controller of controllersFor(limits)) {
        if (!controllers.has(controller)) throw missing(controller, directory);
      }
      const group = join(directory, ownerPrefix() + name);
      makeGroup([group], settingsFor(group, limits));
      return openGroupV2(group);
    },
    adopt: (directoryName) => openGroupV2(join(directory, directoryName)),
  };
}

function missing(controller: string, directory: string): CgroupUnavailableError {
  return new CgroupUnavailableError(
    `the cgroup v2 controller "${controller}" is not delegated to ${directory}: ${delegationFix}`,
  );
}

/**
 * memory.oom.group stays 0: with 1, one command that asks for too much would take the sandbox's init and all
 * other commands down with it.
 */
function settingsFor(group: string, { memoryMb, pids, cpus }: CgroupLimits): Setting[] {
  const settings: Setting[] = [];
  if (memoryMb !== undefined) {
    settings.push({ path: join(group, "memory.max"), value: Math.floor(memoryMb * bytesPerMb) });
    settings.push({ path: join(group, "memory.swap.max"), value: 0 });
  }
  if (pids !== undefined) settings.push({ path: join(group, "pids.max"), value: pids });
  if (cpus !== undefined) {
    settings.push({
      path: join(group, "cpu.max"),
      value: `${Math.floor(cpus * cpuPeriodUs)} ${cpuPeriodUs}`,
    });
  }
  return settings;
}
