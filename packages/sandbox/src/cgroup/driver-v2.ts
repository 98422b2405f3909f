import { existsSync } from "node:fs";
import { join } from "node:path";
import { diskOf } from "./block-device.ts";
import type { CgroupDriver, Refusal } from "./cgroup.ts";
import { type DelegatedBase, prepareBase } from "./delegation-v2.ts";
import { CgroupUnavailableError, controllerFix } from "./errors.ts";
import { openGroupV2 } from "./group-v2.ts";
import { assertGroupName, assertLimits, neededFor } from "./limits.ts";
import { makeGroup } from "./make-group.ts";
import { ownerPrefix } from "./owner.ts";
import { refusedDisks } from "./refused-disks.ts";
import { settingsV2 } from "./settings-v2.ts";

/**
 * The v2 hierarchy, from the host process's own group downwards. May move the host into a leaf of its group:
 * see {@link prepareBase}.
 *
 * @throws CgroupUnavailableError when the group is not this user's to divide
 */
export function createDriverV2(own: string): CgroupDriver {
  const base = prepareBase(own);
  const { directory, controllers } = base;
  const names = [...controllers].join(", ") || "no controllers, processes are only grouped";
  const ground = { hasSwap: existsSync("/proc/swaps"), diskOf };
  const driver: CgroupDriver = {
    version: "v2",
    description: `cgroup v2: ${names}`,
    bases: [directory],
    create(name, limits) {
      assertGroupName(name);
      for (const { error } of driver.refusals(limits)) throw error;
      const group = join(directory, ownerPrefix() + name);
      makeGroup([group], settingsV2(group, limits, ground));
      return openGroupV2(group);
    },
    refusals(limits) {
      assertLimits(limits);
      return [
        ...neededFor(limits).flatMap(({ limit, controller }) => missing(base, limit, controller)),
        ...refusedDisks(limits),
      ];
    },
    adopt: (directoryName) => openGroupV2(join(directory, directoryName)),
  };
  return driver;
}

function missing(
  { directory, controllers }: DelegatedBase,
  limit: Refusal["limit"],
  controller: string,
): Refusal[] {
  if (controllers.has(controller)) return [];
  const error = new CgroupUnavailableError(
    `the cgroup v2 controller "${controller}" is not delegated to ${directory}: ${controllerFix(controller)}`,
  );
  return [{ limit, error }];
}
