import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isOrphan } from "../cgroup/owner.ts";
import type { ParsedOptions } from "../options/sandbox-options.ts";
import type { Operation } from "../policy/encode-policy.ts";
import { SnapshotError } from "./errors.ts";
import { recoverRestore } from "./restore-journal.ts";
import { runCopy } from "./run-copy.ts";
import { findStore, kindOfWork, type Store } from "./store.ts";

export function removeWork(store: Store, names: readonly string[]): Promise<unknown> {
  return runCopy(names.map((name): Operation => ["copy-remove", `host:${store.work}`, name]));
}

/** Completes or undoes the restores of hosts that have died. */
export async function recoverRestores(store: Store): Promise<void> {
  const left = readdirSync(store.work).filter((name) => kindOfWork(name) === "restore" && isOrphan(name));
  for (const name of left) await recoverRestore(store, name).catch(ignoreGone);
}

/** Another host that sweeps may have been faster. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof SnapshotError && error.reason === "not-found")) throw error;
}

/** Before directories are mounted that such a restore may have left between two states; where nobody keeps snapshots, nothing. */
export async function recoverMounts({ mounts, snapshotDirectory }: ParsedOptions): Promise<void> {
  if (!mounts.some(({ access }) => access === "rw")) return;
  const store = findStore(snapshotDirectory);
  if (store !== undefined) await recoverRestores(store);
}

/** Removes all that hosts that have died have left half done; what living ones do is left alone. */
export async function sweepStore(store: Store): Promise<void> {
  await recoverRestores(store);
  const left = readdirSync(store.work).filter((name) => kindOfWork(name) !== "restore" && isOrphan(name));
  for (const name of left)
    await runCopy([
      ["copy-lock", `host:${join(store.work, name)}`],
      ["copy-remove", `host:${store.work}`, name],
    ]).catch(ignoreGone);
}
