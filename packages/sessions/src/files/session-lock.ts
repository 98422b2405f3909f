import { randomBytes } from "node:crypto";
import { lstat, lutimes, readdir, readlink, symlink, unlink } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { SessionBusyError, SessionLockLostError } from "../errors.ts";
import { errorCode } from "./io-error.ts";
import { currentOwner, formatOwner, ownerState, parseOwner } from "./process-owner.ts";

/** The right to write one session. One process of the machine has it at a time, and one run within it. */
export interface SessionLock {
  /** @throws SessionLockLostError when the right has gone to somebody else */
  assertHeld(): Promise<void>;
  release(): Promise<void>;
}

const SUFFIX = ".lock";
const BEAT_MS = 10_000;
const SILENT_MS = 60_000;

/**
 * Takes the lock of a session; waits for it as long as it is told to.
 *
 * The lock is a symbolic link whose target is not a file but the owner's name (pid, start time, pid
 * namespace, boot, nonce): making one is atomic, exclusive and carries the name in the same step. The
 * lock of a process that is gone is taken over. A process of another pid namespace (a container on
 * the same state directory) cannot be looked up: it counts as gone when its lock, which every owner
 * touches each 10 s, has not been touched for 60 s.
 *
 * @throws SessionBusyError
 */
export async function lockSession(
  directory: string,
  sessionId: string,
  { busyTimeoutMs, signal }: LockOptions,
): Promise<SessionLock> {
  const path = join(directory, `${sessionId}${SUFFIX}`);
  const until = performance.now() + busyTimeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const owner = await take(path, path);
    if (owner !== undefined) return heldLock(path, owner, sessionId);
    if (performance.now() >= until) throw new SessionBusyError(sessionId, path);
    await sleep(5 + Math.random() * 25, undefined, { signal });
  }
}

/** How long to wait for a lock. */
export interface LockOptions {
  /** Milliseconds, 0 and more. */
  readonly busyTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Whether somebody has the lock of a session now. */
export async function isLocked(directory: string, sessionId: string): Promise<boolean> {
  const path = join(directory, `${sessionId}${SUFFIX}`);
  const holder = await readOwner(path);
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

/** @returns a session of this directory that a run is writing now, if there is one */
export async function findLockedSession(directory: string): Promise<string | undefined> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  });
  for (const name of names.filter((name) => name.endsWith(SUFFIX))) {
    const path = join(directory, name);
    const holder = await readOwner(path);
    if (holder !== undefined && (await isLive(path, holder))) return name.slice(0, -SUFFIX.length);
  }
  return undefined;
}

function heldLock(path: string, owner: string, sessionId: string): SessionLock {
  const beat = setInterval(() => {
    // A lock that is gone is noticed by assertHeld, before the next write.
    void lutimes(path, new Date(), new Date()).catch(() => undefined);
  }, BEAT_MS);
  beat.unref();
  return {
    assertHeld: async () => {
      if ((await readOwner(path)) !== owner) throw new SessionLockLostError(sessionId);
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

async function isLive(path: string, holder: string): Promise<boolean> {
  const owner = parseOwner(holder.slice(0, holder.lastIndexOf("/")));
  const state = owner === undefined ? "elsewhere" : ownerState(owner);
  if (state !== "elsewhere") return state === "alive";
  const stat = await lstat(path).catch(unlessGone);
  return stat !== undefined && Date.now() - stat.mtimeMs < SILENT_MS;
}

function unlessGone(error: unknown): undefined {
  if (errorCode(error) === "ENOENT") return undefined;
  throw error;
}
