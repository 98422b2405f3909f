import type { LivingSandbox } from "../living-sandbox.ts";
import { parseSnapshotId } from "../options/snapshot-options.ts";
import type { Operation } from "../policy/encode-policy.ts";
import { checkSnapshots, storeOf } from "./capture.ts";
import { SnapshotError } from "./errors.ts";
import { type CapturedTree, readManifest, treePath } from "./manifest.ts";
import { locationOf, type Place, placesOf } from "./places.ts";
import type { Store } from "./store.ts";
import { swapTrees } from "./swap.ts";
import { beginUse, endUse } from "./uses.ts";

function placeOf(places: readonly Place[], tree: CapturedTree): Place {
  const place = places.find(({ target, kind }) => target === tree.target && kind === tree.kind);
  if (place !== undefined) return place;
  throw new SnapshotError(
    "mismatch",
    `the snapshot has the content of "${tree.target}", where this sandbox has no writable directory; make one from it: createSandbox({ from })`,
  );
}

/** What was mounted is what is changed, whatever lies at its path now. */
function check(place: Place): Operation[] {
  const at = locationOf(place, "host");
  return at.startsWith("inside:") ? [] : [["copy-same", at, `inside:${place.target}`]];
}

/**
 * Ends every process, and puts back what the snapshot has.
 *
 * @throws SnapshotError, SandboxOptionError, SandboxPausedError, SandboxClosedError
 */
export async function restoreSnapshot(living: LivingSandbox, id: string): Promise<void> {
  parseSnapshotId(id);
  checkSnapshots(living);
  // Frozen between two of its steps, it would leave a snapshot with some of each.
  await living.pausing.whileRunning(() => restoreNow(living, id));
}

async function restoreNow(living: LivingSandbox, id: string): Promise<void> {
  const store = await storeOf(living);
  readManifest(store, id);
  // Of one that is deleted while it is read, a part would be put back.
  const use = beginUse(store, id);
  try {
    await putBack(living, store, id);
  } finally {
    await endUse(store, use, id);
  }
  living.events.emit({ type: "snapshot.restored", snapshotId: id });
}

async function putBack(living: LivingSandbox, store: Store, id: string): Promise<void> {
  const { trees } = readManifest(store, id);
  const places = placesOf(living, store.work);
  const pairs = trees.map((tree) => ({ tree, place: placeOf(places, tree) }));
  const targets = pairs.map(({ tree, place }) => ({
    at: locationOf(place, "host"),
    lasting: place.lasting ? place.source : undefined,
    tree: treePath(store, id, tree),
    kept: place.kept,
  }));
  const checks = pairs.flatMap(({ place }) => check(place));
  const first: Operation[] = [...checks, ["copy-end-processes"]];
  await living.unwatched(() => swapTrees(store, { targets, first, where: { living, charged: true } }));
}
