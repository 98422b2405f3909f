import { chown, mkdir, readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ownHierarchies } from "../../../packages/sandbox/src/cgroup/hierarchies.ts";

const { v1 } = ownHierarchies();
const needed = ["freezer", "memory", "pids"];

/** Why no group can be delegated here; the virtual machine's tests do it by cgroup v2. */
export const delegationLack = needed.every((name) => v1.has(name)) ? undefined : "no cgroup v1 here";

export interface Delegation {
  /** Directories of the user's own, for {@link runFile}. */
  readonly groups: readonly string[];
  remove(): Promise<void>;
}

/** Gives a user control groups of its own, as an administrator would. */
export async function delegateTo(uid: number): Promise<Delegation> {
  const bases = new Set(needed.flatMap((name) => v1.get(name) ?? []));
  const groups = [...bases].map((base) => join(base, `cloison-packed-${process.pid}`));
  for (const group of groups) {
    await mkdir(group);
    for (const file of ["", "cgroup.procs", "tasks"]) await chown(join(group, file), uid, uid);
  }
  return {
    groups,
    async remove() {
      for (const group of groups) await removeTree(group);
    },
  };
}

/** A last process leaves a moment after its death; how long that is, the machine decides. */
async function removeTree(group: string): Promise<void> {
  const entries = await readdir(group, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(group, entry.name));
  for (const end = performance.now() + 60_000; ; await delay(10))
    try {
      return await rmdir(group);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EBUSY") || performance.now() > end)
        throw error;
    }
}
