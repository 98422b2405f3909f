import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
    .map((name) => join(store.work, name, usedSnapshotFile))
    .some((path) => existsSync(path) && readFileSync(path, "utf8") === id);
}

/** Removes what it had there; and the snapshot of a fork with its last use. What cannot be removed is swept later. */
export async function endUse(store: Store, name: string, id: string): Promise<void> {
  await removeWork(store, [name]).catch(() => {});
  if (!isUsed(store, id)) await removeWork(store, [forkName(id)]).catch(() => {});
}
