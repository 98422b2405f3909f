import { randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { lstat, lutimes, readlink, symlink, unlink } from "node:fs/promises";
import { errorCode, unlessGone } from "./io-error.ts";
import { currentOwner, formatOwner, ownerState, parseOwner } from "./process-owner.ts";

/*
 * A lock is a symbolic link whose target is not a file but the owner's name (pid, start time, pid
 * namespace, boot, nonce): making one is atomic, exclusive and carries the name in the same step. The
 * lock of a process that is gone is taken over. A process of another pid namespace (a container on
 * the same state directory) cannot be looked up: it counts as gone when its lock, which every owner
 * touches each 10 s, has not been touched for 60 s.
 */

/** A lock that is held. */
export interface LockFile {
  /** Whether it is still ours; one system call, without a wait. */
  isHeld(): boolean;
  release(): Promise<void>;
}

const BEAT_MS = 10_000;
const SILENT_MS = 60_000;

/**
 * @returns undefined when a living process, this one or another, has the lock
 * @throws system errors, such as ENOENT for a directory that is missing
 */
export async function takeLockFile(path: string): Promise<LockFile | undefined> {
  const owner = await take(path, path);
  return owner === undefined ? undefined : held(path, owner);
}

/** Whether a living process, this one or another, has the lock. */
export async function isLockFileHeld(path: string): Promise<boolean> {
  const holder = await readOwner(path).catch(unlessNoLink);
  return holder !== undefined && (await isLive(path, holder));
}

/**
 * A dead owner's lock may be removed by who holds the lock of its removal, which is named after its
 * nonce; and so on, should the remover die. So nobody can remove a lock that was newly taken in the
 * place of the dead one, which is what looking first and removing then would come to.
 *
 * @returns the owner's name in the lock, or undefined when a living process has it
 */
async function take(path: string, base: string): Promise<string | undefined> {
  const owner = `${formatOwner(currentOwner())}/${randomBytes(6).toString("hex")}`;
  while (!(await tryToTake(path, owner))) {
    const holder = await readOwner(path);
    if (holder === undefined) continue;
    if (await isLive(path, holder)) return undefined;
    const removal = `${base}.${holder.slice(holder.lastIndexOf("/") + 1)}`;
    if ((await take(removal, base)) === undefined) return undefined;
    if ((await readOwner(path)) === holder) await unlink(path).catch(unlessGone);
    await unlink(removal);
  }
  return owner;
}

function held(path: string, owner: string): LockFile {
  const beat = setInterval(() => {
    // A lock that is gone is noticed by isHeld, before the next write.
    void lutimes(path, new Date(), new Date()).catch(() => undefined);
  }, BEAT_MS);
  beat.unref();
  return {
    isHeld: () => {
      try {
        return readlinkSync(path) === owner;
      } catch (error) {
        if (errorCode(error) === "ENOENT") return false;
        throw error;
      }
    },
    release: async () => {
      clearInterval(beat);
      if ((await readOwner(path)) === owner) await unlink(path).catch(unlessGone);
    },
  };
}

async function tryToTake(path: string, owner: string): Promise<boolean> {
  try {
    await symlink(owner, path);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

async function readOwner(path: string): Promise<string | undefined> {
  return readlink(path).catch(unlessGone);
}

/** A file of that name, such as the lock file of a package manager, is nobody's lock. */
function unlessNoLink(error: unknown): undefined {
  if (errorCode(error) !== "EINVAL") throw error;
}

async function isLive(path: string, holder: string): Promise<boolean> {
  const owner = parseOwner(holder.slice(0, holder.lastIndexOf("/")));
  const state = owner === undefined ? "elsewhere" : ownerState(owner);
  if (state !== "elsewhere") return state === "alive";
  const stat = await lstat(path).catch(unlessGone);
  return stat !== undefined && Date.now() - stat.mtimeMs < SILENT_MS;
}
