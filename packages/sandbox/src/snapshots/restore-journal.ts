import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Operation } from "../policy/encode-policy.ts";
import { SnapshotError } from "./errors.ts";
import { runCopy } from "./run-copy.ts";
import type { Store } from "./store.ts";

/**
 * What a restore is going to do, in the store's `.work`, before it does anything: directories of the host and the name
 * in them under which the new content is prepared. The launcher marks the steps that are done with files beside it:
 * `out` when everything is prepared and the old content is about to leave, `in` when that has left, `done` when the new
 * content is in its place. Without `out` all is undone; with it, all is completed.
 */
export interface JournalPlace {
  readonly path: string;
  readonly device: number;
  readonly inode: number;
  readonly work: string;
}

export function beginJournal(
  store: Store,
  name: string,
  paths: readonly { path: string; work: string }[],
): void {
  const directory = join(store.work, name);
  mkdirSync(directory, { mode: 0o700 });
  const places = paths.map(({ path, work }): JournalPlace => {
    const { dev, ino } = lstatSync(path);
    return { path, work, device: dev, inode: ino };
  });
  writeFileSync(join(directory, "plan.new"), JSON.stringify(places), { mode: 0o600 });
  renameSync(join(directory, "plan.new"), join(directory, "plan.json"));
}

function isPlace(value: JournalPlace): boolean {
  return typeof value.path === "string" && typeof value.work === "string" && !value.work.includes("/");
}

function readJournal(directory: string): readonly JournalPlace[] {
  const path = join(directory, "plan.json");
  if (!existsSync(path)) return []; // nothing was begun
  const places: readonly JournalPlace[] = JSON.parse(readFileSync(path, "utf8"));
  if (Array.isArray(places) && places.every(isPlace)) return places;
  throw new SnapshotError(
    "damaged",
    `the journal of a restore "${path}" is damaged; look at the mounts that it names, then remove it`,
  );
}

/** One that was moved away or replaced meanwhile is somebody else's business now. */
function isThere({ path, device, inode, work }: JournalPlace): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.dev === device && found.ino === inode && existsSync(join(path, work));
}

const steps = ["out", "in", "done"] as const;

/** What a broken-off swap was about, and where the launcher finds it. */
export interface BrokenSwap {
  readonly at: string;
  readonly work: string;
}

/** What is left to do from the last mark on; steps that are done are marked in the journal if one is given. */
export function rest(places: readonly BrokenSwap[], marks: readonly string[], journal?: string): Operation[] {
  const all = (name: string) => places.map(({ at, work }): Operation => [name, at, work]);
  const mark = (name: string): Operation[] => (journal === undefined ? [] : [["copy-mark", journal, name]]);
  const remove = all("copy-end");
  if (marks.includes("done") || marks.length === 0) return remove;
  const enter = [...all("copy-in"), ...mark("done"), ...remove];
  return marks.includes("in") ? enter : [...all("copy-out"), ...mark("in"), ...enter];
}

/** Steps of a swap that are done. */
export function marksOf(directory: string): string[] {
  return steps.filter((step) => existsSync(join(directory, step)));
}

/**
 * Completes a restore that was broken off, or undoes it; its process has ended.
 *
 * @throws SnapshotError
 */
export async function recoverRestore(store: Store, name: string): Promise<void> {
  const directory = join(store.work, name);
  const places = readJournal(directory).filter(isThere);
  const left = places.map(({ path, work }) => ({ at: `host:${path}`, work }));
  const journal = `host:${directory}`;
  await runCopy([
    ["copy-lock", journal],
    ...rest(left, marksOf(directory), journal),
    ["copy-remove", `host:${store.work}`, name],
  ]);
}
