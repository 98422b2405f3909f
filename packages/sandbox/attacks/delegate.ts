import { chownSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cgroup, CgroupUnavailableError, findCgroupDriver } from "#sandbox/cgroup";

/** Control groups of a user's own. */
export interface Delegation {
  /** Puts a process in. */
  add(pid: number): void;
  remove(): Promise<void>;
}

/** Limits of all sandboxes of the user together; that they are there makes a group in each hierarchy. */
const limits = { memoryMb: 4096, pids: 4096 };

/** The files that make a group the user's (cgroup-v2.rst, "Model of Delegation"), and v1's. */
const files = ["", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control", "tasks"];

/** Undefined where this machine has no control groups to give away. */
export function delegate(name: string, uid: number): Delegation | undefined {
  let group: Cgroup;
  try {
    group = findCgroupDriver().create(name, limits);
  } catch (error) {
    if (error instanceof CgroupUnavailableError) return undefined;
    throw error;
  }
  for (const path of group.directories.flatMap((directory) => files.map((file) => join(directory, file))))
    if (existsSync(path)) chownSync(path, uid, uid);
  return {
    add(pid) {
      for (const directory of group.directories) writeFileSync(join(directory, "cgroup.procs"), String(pid));
    },
    async remove() {
      await group.kill();
      await group.remove();
    },
  };
}
