import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { SandboxClosedError } from "../errors.ts";
import type { Operation } from "../policy/encode-policy.ts";
import { SnapshotError } from "./errors.ts";
import { beginJournal, marksOf, recoverRestore, rest } from "./restore-journal.ts";
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
  /** Paths in it of what is mounted there, which stays. */
  readonly kept: readonly string[];
}

interface Swap {
  readonly targets: readonly SwapTarget[];
  /** What must hold before anything is prepared. */
  readonly first: readonly Operation[];
  readonly where?: CopyPlace;
}

type NamedTarget = SwapTarget & { readonly work: string };

function keepMounts(targets: readonly NamedTarget[]): Operation[] {
  return targets.flatMap(({ at, work, kept }) =>
    kept.map((path): Operation => ["copy-keep", at, work, path]),
  );
}

/** Everything is prepared beside what is there before anything is moved. */
function operationsOf(targets: readonly NamedTarget[], journal: string): Operation[] {
  const each = (name: string) => targets.map(({ at, work }): Operation => [name, at, work]);
  const prepare = targets.flatMap(({ at, work, tree }): Operation[] => [
    ["copy-stage", at, work],
    ["copy-tree", `host:${tree}`, at, `${work}/new`],
  ]);
  return [
    ...prepare,
    ...keepMounts(targets),
    ["copy-mark", journal, "out"],
    ...each("copy-out"),
    ["copy-mark", journal, "in"],
    ...each("copy-in"),
    ["copy-mark", journal, "done"],
    ...each("copy-end"),
  ];
}

/** Of what ends with the sandbox: completes it, or leaves everything as it was. */
async function recoverInside(
  targets: readonly NamedTarget[],
  marks: readonly string[],
  where: CopyPlace | undefined,
): Promise<void> {
  if (targets.length === 0) return;
  const keep = marks.includes("out") && !marks.includes("done") ? keepMounts(targets) : [];
  await runCopy([...keep, ...rest(targets, marks)], where).catch((error) => {
    if (!(error instanceof SandboxClosedError)) throw error;
  });
}

/** @throws SnapshotError */
async function recover(
  store: Store,
  name: string,
  { targets, where, cause }: { targets: readonly NamedTarget[]; where?: CopyPlace; cause: unknown },
): Promise<void> {
  const failed = (fix: string) => (failure: Error) => {
    const what = `what was broken off could be neither completed nor undone: ${failure.message}; ${fix}`;
    throw new SnapshotError("failed", what, { cause });
  };
  const inside = targets.filter(({ lasting }) => lasting === undefined);
  const recovered = [
    recoverInside(inside, marksOf(join(store.work, name)), where).catch(failed("end the sandbox")),
    recoverRestore(store, name).catch(failed(`the next process that opens "${store.directory}" tries again`)),
  ];
  await Promise.allSettled(recovered);
  await Promise.all(recovered);
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
    await recover(store, name, { targets: named, cause: error, ...(where !== undefined && { where }) });
    throw error;
  }
  await removeWork(store, [name]);
}
