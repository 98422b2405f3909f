import { randomUUID } from "node:crypto";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { hasEnded } from "../life/sandbox-end.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import type { Operation } from "../policy/encode-policy.ts";
import { SnapshotError } from "./errors.ts";
import { type CapturedTree, writeManifest } from "./manifest.ts";
import { locationOf, type Place, placesOf } from "./places.ts";
import { type CopyCounts, runCopy } from "./run-copy.ts";
import { checkApart, openStore, type Store, workName } from "./store.ts";
import { removeWork, sweepStore } from "./sweep.ts";

/** @throws SandboxClosedError, SnapshotError */
export function checkSnapshots(living: LivingSandbox): void {
  if (living.end !== undefined) throw hasEnded(living.end);
  if (living.options.ids === "subordinate")
    throw new SnapshotError(
      "mismatch",
      'a sandbox with ids: "subordinate" has files that its user may not read, so they cannot be kept; use ids: "auto"',
    );
}

/** The store of a sandbox, swept of what the dead have left. */
export async function storeOf({ options }: LivingSandbox): Promise<Store> {
  const store = openStore(options.snapshotDirectory);
  checkApart(
    store,
    options.mounts.map(({ source }) => source),
  );
  await sweepStore(store);
  return store;
}

function copyPlace(place: Place, to: string): Operation[] {
  const from = locationOf(place, "source");
  const same: Operation[] = from.startsWith("inside:") ? [] : [["copy-same", from, `inside:${place.target}`]];
  return [...same, ["copy-tree", from, `host:${to}`, ""]];
}

function toTree({ target, kind }: Place, index: number, counts: CopyCounts | undefined): CapturedTree {
  const { files = 0, bytes = 0, links = 0, sockets = 0, devices = 0, changed = 0 } = counts ?? {};
  const leftOut = { sockets, devices, changed };
  return { target, kind, directory: String(index), files, bytes, links, leftOut };
}

interface Capture {
  readonly id: string;
  readonly name: string | undefined;
  /** Where it is to be, once it is complete. */
  readonly path: string;
}

/**
 * Copies all that a sandbox may write to.
 *
 * @throws SnapshotError, SandboxClosedError
 */
export async function captureTo(living: LivingSandbox, store: Store, capture: Capture): Promise<void> {
  const { id, name, path } = capture;
  const partial = workName("partial", id);
  const directory = join(store.work, partial);
  const places = placesOf(living, store.work);
  const trees = places.map((_, index) => join(directory, "trees", String(index)));
  try {
    mkdirSync(join(directory, "trees"), { recursive: true, mode: 0o700 });
    for (const tree of trees) mkdirSync(tree, { mode: 0o700 });
    const operations = places.flatMap((place, index) => copyPlace(place, trees[index] ?? ""));
    await living.pausing.freezeWhile(async (frozen) => {
      const counts = await runCopy([["copy-lock", `host:${directory}`], ...operations], { living });
      const captured = places.map((place, index) => toTree(place, index, counts[index]));
      writeManifest(directory, { id, name, createdAt: Date.now(), frozen, trees: captured });
    });
    renameSync(directory, path);
  } catch (error) {
    await removeWork(store, [partial]).catch(() => {}); // swept later
    throw error;
  }
}

/**
 * A snapshot in the store: complete under its id, or not there.
 *
 * @throws SnapshotError, SandboxClosedError
 */
export async function captureSnapshot(living: LivingSandbox, name: string | undefined): Promise<string> {
  checkSnapshots(living);
  const store = await storeOf(living);
  const id = randomUUID();
  await captureTo(living, store, { id, name, path: join(store.directory, id) });
  living.events.emit({ type: "snapshot.created", snapshotId: id, name });
  return id;
}
