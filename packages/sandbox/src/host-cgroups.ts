import { type CgroupDriver, CgroupUnavailableError, findCgroupDriver, sweepCgroups } from "./cgroup/index.ts";
import { shortageOf } from "./launcher/shortage.ts";

let found: CgroupDriver | CgroupUnavailableError | undefined;

function find(): CgroupDriver | CgroupUnavailableError {
  try {
    const driver = findCgroupDriver();
    // Leftovers cost nothing but space: sweeping them is no reason to keep a sandbox from starting.
    sweepCgroups(driver).catch(() => {});
    return driver;
  } catch (error) {
    if (error instanceof CgroupUnavailableError && shortageOf(error) === undefined) return error;
    throw error;
  }
}

/**
 * This host's way to limit processes, or that there is none, found once; what hosts that have died left behind is
 * swept then.
 *
 * @throws CgroupUnavailableError
 */
export function hostCgroups(): CgroupDriver {
  found ??= find();
  if (found instanceof CgroupUnavailableError) throw found;
  return found;
}
