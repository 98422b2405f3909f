import { randomUUID } from "node:crypto";
import type { Operation } from "../policy/encode-policy.ts";
import { SnapshotError } from "./errors.ts";
import { beginJournal, recoverRestore } from "./restore-journal.ts";
import { type CopyPlace, runCopy } from "./run-copy.ts";
import { type Store, workName } from "./store.ts";
import { removeWork } from "./sweep.ts";

/** A directory whose content gives way to that of a tree. */
export interface SwapTarget {
  /** Where the launcher finds it; see `native/copy.c`. */
  readonly at: string;
  /** Its path on the host, where it outlasts the sandbox and a broken-off swap has to be completed or undone. */
  readonly lasting: string | undefined;
  readonly tree: string;
}

interface Swap {
  readonly targets: readonly SwapTarget[];
  /** What must hold before anything is prepared. */
  readonly first: readonly Operation[];
  readonly where?: CopyPlace;
}

/** Everything is prepared beside what is there before anything is moved. */
function operationsOf(targets: readonly (SwapTarget & { work: string })[], journal: string): Operation[] {
  const each = (name: string) => targets.map(({ at, work }): Operation => [name, at, work]);
  const prepare = targets.flatMap(({ at, work, tree }): Operation[] => [
    ["copy-stage", at, work],
    ["copy-tree", `host:${tree}`, at, `${work}/new`],
  ]);
  return [
    ...prepare,
    ["copy-mark", journal, "out"],
    ...each("copy-out"),
    ["copy-mark", journal, "in"],
    ...each("copy-in"),
    ["copy-mark", journal, "done"],
    ...each("copy-end"),
  ];
}

/**
 * Puts trees in the place of what directories hold: all of them or none. What is prepared and not swapped when this
 * host dies is completed or undone by the next one that opens the store.
 *
 * @throws SnapshotError, SandboxClosedError
 */
export async function swapTrees(store: Store, { targets, first, where }: Swap): Promise<void> {
  const named = targets.map((target) => ({ ...target, work: `.cloison-restore-${randomUUID()}` }));
  const name = workName("restore");
  const journal = `host:${store.work}/${name}`;
  const lasting = named.flatMap(({ lasting: path, work }) => (path === undefined ? [] : [{ path, work }]));
  beginJournal(store, name, lasting);
  try {
    await runCopy([["copy-lock", journal], ...first, ...operationsOf(named, journal)], where);
  } catch (error) {
    await recoverRestore(store, name).catch((failure) => {
      throw new SnapshotError(
        "failed",
        `what was broken off could be neither completed nor undone: ${failure.message}; the next process that opens "${store.directory}" tries again`,
        { cause: error },
      );
    });
    throw error;
  }
  await removeWork(store, [name]);
}
