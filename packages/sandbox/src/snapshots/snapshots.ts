import { existsSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { parseSnapshotId, parseSnapshotStore } from "../options/snapshot-options.ts";
import { SnapshotError } from "./errors.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { findStore, isSnapshotId, type Store, workName } from "./store.ts";
import { removeWork, sweepStore } from "./sweep.ts";
import type { SnapshotInfo, SnapshotStoreOptions, Snapshots } from "./types.ts";
import { isUsed } from "./uses.ts";

async function storeOf(options: SnapshotStoreOptions): Promise<Store | undefined> {
  const store = findStore(parseSnapshotStore(options));
  if (store !== undefined) await sweepStore(store);
  return store;
}

function describe({ id, name, createdAt, trees }: Manifest): SnapshotInfo {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    id,
    name,
    createdAt: new Date(createdAt),
    sizeBytes: sum(trees.map(({ bytes }) => bytes)),
    files: sum(trees.map(({ files }) => files)),
    mounts: trees.flatMap(({ kind, target }) => (kind === "mount" ? [target] : [])),
  };
}

function inform(store: Store, id: string): SnapshotInfo {
  try {
    return describe(readManifest(store, id));
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    const damaged = error.message;
    return { id, name: undefined, createdAt: new Date(0), sizeBytes: 0, files: 0, mounts: [], damaged };
  }
}

/** @throws SnapshotError */
async function deleteSnapshot(store: Store, id: string): Promise<void> {
  const path = join(store.directory, id);
  if (!isSnapshotId(id) || !existsSync(path))
    throw new SnapshotError(
      "not-found",
      `there is no snapshot "${id}" in "${store.directory}"; snapshots.list tells which there are`,
    );
  const name = workName("delete", id);
  renameSync(path, join(store.work, name));
  if (isUsed(store, id)) {
    renameSync(join(store.work, name), path);
    throw new SnapshotError(
      "in-use",
      `a sandbox that was made from the snapshot "${id}" still lives; end it first`,
    );
  }
  await removeWork(store, [name]);
}

/** What is kept in a directory, whichever process has made it. */
export const snapshots: Snapshots = {
  async list(options = {}) {
    const store = await storeOf(options);
    if (store === undefined) return [];
    const ids = readdirSync(store.directory).filter(isSnapshotId);
    const all = ids.map((id) => inform(store, id));
    return all.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  },
  async delete(id, options = {}) {
    const text = parseSnapshotId(id);
    const store = await storeOf(options);
    if (store === undefined)
      throw new SnapshotError("not-found", `there is no snapshot "${text}": none was ever kept here`);
    await deleteSnapshot(store, text);
  },
};
