import { type Dirent, opendirSync } from "node:fs";

/** Most entries read of one directory: names of a larger one would fill the worker's heap. */
const maxEntries = 20_000;

/** One thing found by {@link walk}. */
export interface WalkEntry {
  /** Where it is. */
  readonly path: string;
  /** Its path below the root of the walk, with `/` between names. */
  readonly below: string;
  readonly kind: "file" | "directory" | "link" | "other";
}

function kindOf(entry: Dirent): WalkEntry["kind"] {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "link" : "other";
}

/** The entries of a directory by name, at most 20,000; `complete` is false when there are more. */
export function readEntries(path: string): { entries: Dirent[]; complete: boolean } {
  const directory = opendirSync(path, { bufferSize: 256 });
  try {
    const entries: Dirent[] = [];
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      if (entries.length === maxEntries) return { entries: byName(entries), complete: false };
      entries.push(entry);
    }
    return { entries: byName(entries), complete: true };
  } finally {
    directory.closeSync();
  }
}

function byName(entries: Dirent[]): Dirent[] {
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readable(path: string): Dirent[] {
  try {
    return readEntries(path).entries;
  } catch {
    // A directory that vanished or may not be read is as empty as it looks to the user of the sandbox.
    return [];
  }
}

/**
 * Everything below a directory, parents first, in order of name. Skips `.git`. Never follows a symbolic
 * link, so it ends: the kernel allows no other loops in a tree.
 */
export function* walk(root: string): Generator<WalkEntry, void, undefined> {
  const pending = [{ path: root, below: "" }];
  for (let top = pending.pop(); top !== undefined; top = pending.pop()) {
    const directories: { path: string; below: string }[] = [];
    for (const entry of readable(top.path)) {
      if (entry.name === ".git") continue;
      const path = `${top.path === "/" ? "" : top.path}/${entry.name}`;
      const below = top.below === "" ? entry.name : `${top.below}/${entry.name}`;
      const kind = kindOf(entry);
      yield { path, below, kind };
      if (kind === "directory") directories.push({ path, below });
    }
    pending.push(...directories.reverse());
  }
}
