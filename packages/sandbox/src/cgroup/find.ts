import type { CgroupDriver } from "./cgroup.ts";
import { createDriverV1 } from "./driver-v1.ts";
import { createDriverV2 } from "./driver-v2.ts";
import { CgroupUnavailableError } from "./errors.ts";
import { ownHierarchies } from "./hierarchies.ts";

export interface FindCgroupOptions {
  /** Where to make groups: a path below each hierarchy's mount point, by default the process's own group. */
  readonly root?: string;
  /** Only this version. By default v1 where its memory or pids controller is mounted (also on hosts that mount both versions), else v2. */
  readonly version?: "v1" | "v2";
}

/**
 * Finds the control groups of this machine in which this user may make groups. On v2 that may move the host
 * process, and what else is in its group, into a leaf of it.
 *
 * @throws CgroupUnavailableError with the cause and the fix in words
 */
export function findCgroupDriver({ root, version }: FindCgroupOptions = {}): CgroupDriver {
  const { v1, v2 } = ownHierarchies(root);
  const limitsAreV1 = v1.has("memory") || v1.has("pids");
  if (version !== "v2" && (limitsAreV1 || version === "v1")) return createDriverV1(v1);
  if (v2 !== undefined) return createDriverV2(v2);
  throw new CgroupUnavailableError(
    "no control groups are mounted here: mount them (mount -t cgroup2 none /sys/fs/cgroup), or give the container its /sys/fs/cgroup",
  );
}
