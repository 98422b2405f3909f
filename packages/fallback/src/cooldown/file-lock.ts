import { randomBytes } from "node:crypto";
import { lstat, readlink, symlink, unlink } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, unlessGone } from "./file-error.ts";
import { currentOwner, ownerState } from "./process-owner.ts";

/** The right to replace a file, which one caller of all processes has at a time. */
export interface FileLock {
  /** Whether nobody has taken it over. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

/** It is held for some milliseconds; an owner who cannot be looked up counts as gone after this. */
const SILENT_MS = 10_000;

const MAX_PAUSE_MS = 10;

/**
 * Takes a lock, waiting for those who hold it.
 *
 * The lock is a symbolic link whose target is not a file but its owner's name: making one is atomic and
 * exclusive, and carries the name in the same step. The lock of a process that is gone is taken over at
 * once, and that of a process of another machine or container after 10 s.
 *
 * @returns undefined where it was not free within `patienceMs`
 */
export async function takeLock(path: string, patienceMs: number): Promise<FileLock | undefined> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const owner = await takeFreeLock(path, path);
    if (owner !== undefined) return heldLock(path, owner);
    if (performance.now() >= end) return undefined;
    await sleep(1 + Math.random() * MAX_PAUSE_MS);
  }
}

/**
 * The lock of one who is gone may be removed by who holds the lock of its removal, which is named after
 * its nonce; and so on, should the remover die. So nobody can remove a lock that was newly taken in the
 * place of the dead one, which is what looking first and removing then would come to.
 *
 * @returns the owner's name in the lock, or undefined where somebody has it
 */
async function takeFreeLock(path: string, base: string): Promise<string | undefined> {
  const owner = `${currentOwner()}/${randomBytes(6).toString("hex")}`;
  while (!(await makeLock(path, owner))) {
    const holder = await readlink(path).catch(unlessGone);
    if (holder === undefined) continue;
    if (await isLive(path, holder)) return undefined;
    const removal = `${base}.${holder.slice(holder.lastIndexOf("/") + 1)}`;
    if ((await takeFreeLock(removal, base)) === undefined) return undefined;
    if ((await readlink(path).catch(unlessGone)) === holder) await unlink(path).catch(unlessGone);
    await unlink(removal).catch(unlessGone);
  }
  return owner;
}

function heldLock(path: string, owner: string): FileLock {
  const isHeld = async () => (await readlink(path).catch(unlessGone)) === owner;
  return {
    isHeld,
    release: async () => {
      if (await isHeld()) await unlink(path).catch(unlessGone);
    },
  };
}

async function makeLock(path: string, owner: string): Promise<boolean> {
  try {
    await symlink(owner, path);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

async function isLive(path: string, holder: string): Promise<boolean> {
  const state = ownerState(holder.slice(0, holder.lastIndexOf("/")));
  if (state !== "elsewhere") return state === "alive";
  const stat = await lstat(path).catch(unlessGone);
  return stat !== undefined && Date.now() - stat.mtimeMs < SILENT_MS;
}
