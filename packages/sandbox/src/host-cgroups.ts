import { type CgroupDriver, findCgroupDriver, sweepCgroups } from "./cgroup/index.ts";

let driver: CgroupDriver | undefined;

/**
 * This host's way to limit processes, found once; what hosts that have died left behind is swept then.
 *
 * @throws CgroupUnavailableError
 */
export function hostCgroups(): CgroupDriver {
  if (driver === undefined) {
    driver = findCgroupDriver();
    // Leftovers cost nothing but space: sweeping them is no reason to keep a sandbox from starting.
    Promise.resolve(sweepCgroups(driver)).catch(() => {});
  }
  return driver;
}
