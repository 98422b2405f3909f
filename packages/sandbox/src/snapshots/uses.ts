import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../cgroup/index.ts";
import { forkName, kindOfWork, type Store, workName } from "./store.ts";
import { removeWork } from "./sweep.ts";

const usedSnapshotFile = "snapshot";

/** A use of a snapshot that keeps it from being deleted: a directory of whoever uses it, by its name in `.work`. */
export function beginUse(store: Store, id: string): string {
  const name = workName("live");
  mkdirSync(join(store.work, name), { mode: 0o700 });
  writeFileSync(join(store.work, name, usedSnapshotFile), id, { mode: 0o600 });
  return name;
}

/** Of a host that has died nothing uses it: what it has left is swept before this is asked. */
export function isUsed(store: Store, id: string): boolean {
  return readdirSync(store.work)
    .filter((name) => kindOfWork(name) === "live")
    .some((name) => usedBy(join(store.work, name)) === id);
}

/** Which snapshot; undefined for a use that is over, which may be so at any moment. */
function usedBy(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, usedSnapshotFile), "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Removes what it had there; and the snapshot of a fork with its last use. What cannot be removed is swept later, and
 * the end of a sandbox does not fail for that, even where somebody has removed the store.
 */
export async function endUse(store: Store, name: string, id: string): Promise<void> {
  await removeWork(store, [name]).catch(() => {});
  try {
    if (!isUsed(store, id)) await removeWork(store, [forkName(id)]);
  } catch {
    // It lies under this host's name, for the next one to find.
  }
}
