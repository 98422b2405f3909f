import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { CgroupDriver } from "./cgroup.ts";
import { errorCode } from "./control-file.ts";
import { CgroupBusyError } from "./errors.ts";
import { isOrphan } from "./owner.ts";

/**
 * Kills what lives in the groups of hosts that died, and removes them. Groups of living hosts, of other users
 * and of other pid namespaces are left alone.
 *
 * @returns the names of the directories removed
 * @throws CgroupBusyError when some could not be; all others are gone nevertheless
 */
export async function sweepCgroups(driver: CgroupDriver): Promise<string[]> {
  const names = [...new Set(driver.bases.flatMap(orphansIn))];
  const results = await Promise.allSettled(names.map((name) => sweepOne(driver, name)));
  const failed = results.filter((result) => result.status === "rejected").map(({ reason }) => reason);
  if (failed.length === 0) return names;
  throw new CgroupBusyError(
    `${failed.length} of ${names.length} leftover cgroups cannot be removed: see the cause`,
    {
      cause: new AggregateError(failed),
    },
  );
}

async function sweepOne(driver: CgroupDriver, name: string): Promise<void> {
  const group = driver.adopt(name);
  await group.kill();
  await group.remove();
}

function orphansIn(base: string): string[] {
  return readdirSync(base).filter((name) => isOrphan(name) && isOurs(join(base, name)));
}

function isOurs(directory: string): boolean {
  const user = process.geteuid?.();
  try {
    return user === 0 || statSync(directory).uid === user;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false; // another sweep was faster
    throw error;
  }
}
