import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { errorCode } from "../cgroup/index.ts";
import { ownerPrefix } from "../cgroup/owner.ts";
import { isBelow } from "../options/host-path.ts";
import { SnapshotError } from "./errors.ts";

/**
 * A directory of snapshots: `<id>/{manifest.json, trees/<n>/…}`, complete and never changed, and `.work`, where
 * whatever is being made, used or removed lies under its host's name, so that a later host can tell what the dead
 * have left.
 */
export interface Store {
  readonly directory: string;
  readonly work: string;
}

/** What lies in a store's `.work`. */
export type WorkKind = "partial" | "live" | "restore" | "delete" | "fork";

const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isSnapshotId(name: string): boolean {
  return idPattern.test(name);
}

function defaultDirectory(): string {
  const state = process.env.XDG_STATE_HOME;
  const base = state !== undefined && isAbsolute(state) ? state : join(home(), ".local/state");
  return join(base, "cloison/snapshots");
}

function home(): string {
  try {
    return homedir();
  } catch (cause) {
    throw new SnapshotError(
      "store",
      "this user has no home directory to keep snapshots in; name a directory (snapshots: { directory })",
      { cause },
    );
  }
}

/** What is in it becomes some sandbox's files: nobody else may write there, or read what sandboxes have written. */
function checkOwner(directory: string): void {
  const { uid, mode } = statSync(directory);
  if (uid !== process.geteuid?.())
    throw new SnapshotError(
      "store",
      `the snapshots' directory "${directory}" is another user's; name one of your own`,
    );
  if ((mode & 0o077) !== 0)
    throw new SnapshotError(
      "store",
      `the snapshots' directory "${directory}" must be its owner's alone; run chmod 700 on it`,
    );
}

/**
 * The store of a directory, which is made when it is not there.
 *
 * @throws SnapshotError
 */
export function openStore(given: string | undefined): Store {
  const wanted = given ?? defaultDirectory();
  try {
    mkdirSync(wanted, { recursive: true, mode: 0o700 });
    const directory = realpathSync(wanted);
    checkOwner(directory);
    const work = join(directory, ".work");
    mkdirSync(work, { recursive: true, mode: 0o700 });
    return { directory, work };
  } catch (cause) {
    if (cause instanceof SnapshotError) throw cause;
    throw new SnapshotError(
      "store",
      `the snapshots' directory "${wanted}" cannot be used: ${String(cause)}; name another one (snapshots: { directory })`,
      { cause },
    );
  }
}

/** The same where it is there; undefined where this user has kept no snapshot yet, or cannot have. */
export function findStore(given: string | undefined): Store | undefined {
  try {
    statSync(join(given ?? defaultDirectory(), ".work"));
  } catch (error) {
    if (error instanceof SnapshotError) return undefined; // nowhere to look
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(errorCode(error) ?? "")) return undefined;
  }
  return openStore(given);
}

/** A name in `.work` that tells whose it is. */
export function workName(kind: WorkKind, id: string = randomUUID()): string {
  return `${ownerPrefix()}${kind}-${id}`;
}

export function kindOfWork(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1).split("-")[0] ?? "";
}

/** @throws SnapshotError where a sandbox could write to the store, or read it */
export function checkApart(store: Store, sources: readonly string[]): void {
  for (const source of sources)
    if (
      (isBelow(source, store.directory) && !isBelow(source, store.work)) ||
      isBelow(store.directory, source)
    )
      throw new SnapshotError(
        "store",
        `the sandbox's mount "${source}" holds the snapshots' directory "${store.directory}", or lies in it; keep them apart`,
      );
}

/** Name in `.work` of a snapshot that is there for forks alone, and ends with the last of them or with this host. */
export function forkName(id: string): string {
  return workName("fork", id);
}

export function snapshotPath(store: Store, id: string): string {
  const fork = join(store.work, forkName(id));
  return isSnapshotId(id) && existsSync(fork) ? fork : join(store.directory, id);
}
