import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { SessionBusyError, SessionLockLostError } from "../errors.ts";
import { makeDirectory } from "./durable-file.ts";
import { errorCode, storeError, unlessGone } from "./io-error.ts";
import { isLockFileHeld, type LockFile } from "./lock-file.ts";
import { type LockOptions, LockQueue } from "./lock-queue.ts";

/** The right to write one session. One process of the machine has it at a time, and one run within it. */
export interface SessionLock {
  /** @throws SessionLockLostError when the right has gone to somebody else */
  assertHeld(): Promise<void>;
  /** Once, however often it is called. */
  release(): Promise<void>;
}

/** The locks of the sessions of one directory. */
export interface SessionLocks {
  /**
   * Takes the lock of a session; waits for it as long as it is told to. Those who wait are served in their order
   * within a process, and in turns between processes.
   *
   * @throws SessionBusyError, SessionStoreError; the signal's reason
   */
  lock(sessionId: string, options: LockOptions): Promise<SessionLock>;
  /**
   * Whether somebody has the lock of a session now.
   *
   * @throws SessionStoreError
   */
  isLocked(sessionId: string): Promise<boolean>;
}

const SUFFIX = ".lock";

/**
 * @param mustExist a directory that is missing is an error, with cause ENOENT; otherwise it is made, with those
 * above it
 */
export function createSessionLocks(directory: string, { mustExist = false } = {}): SessionLocks {
  const queues = new Map<string, { readonly queue: LockQueue; users: number }>();
  const pathOf = (sessionId: string): string => join(directory, `${sessionId}${SUFFIX}`);
  const use = (path: string) => {
    const used = queues.get(path) ?? { queue: new LockQueue(path), users: 0 };
    queues.set(path, used);
    used.users += 1;
    return used;
  };
  const leave = (path: string): void => {
    const used = queues.get(path);
    if (used === undefined) return;
    used.users -= 1;
    if (used.users === 0) queues.delete(path);
  };
  return {
    lock: async (sessionId, options) => {
      const path = pathOf(sessionId);
      const { queue } = use(path);
      const wait = () => queue.wait({ ...options, busy: () => new SessionBusyError(sessionId, path) });
      try {
        const file = await wait().catch(async (error: unknown) => {
          if (errorCode(error) !== "ENOENT" || mustExist) throw error;
          await makeDirectory(directory);
          return wait();
        });
        return heldLock(sessionId, file, () => queue.pass(file).finally(() => leave(path)));
      } catch (error) {
        leave(path);
        throw storeError(`cannot lock session "${sessionId}" in ${directory}`, error);
      }
    },
    isLocked: async (sessionId) => {
      try {
        return await isLockFileHeld(pathOf(sessionId));
      } catch (error) {
        throw storeError(`cannot look for a writer of session "${sessionId}" in ${directory}`, error);
      }
    },
  };
}

/** The same lock file may serve the next holder already, so a lock that was given back is nobody's here. */
function heldLock(sessionId: string, file: LockFile, pass: () => Promise<void>): SessionLock {
  let released: Promise<void> | undefined;
  return {
    assertHeld: async () => {
      if (released !== undefined || !file.isHeld()) throw new SessionLockLostError(sessionId);
    },
    release: () => {
      released ??= pass();
      return released;
    },
  };
}

/**
 * @returns a session of this directory that somebody is writing now, if there is one
 * @throws SessionStoreError
 */
export async function findLockedSession(directory: string): Promise<string | undefined> {
  try {
    const names = (await readdir(directory).catch(unlessGone)) ?? [];
    for (const name of names.filter((name) => name.endsWith(SUFFIX)))
      if (await isLockFileHeld(join(directory, name))) return name.slice(0, -SUFFIX.length);
    return undefined;
  } catch (error) {
    throw storeError(`cannot look for writers in ${directory}`, error);
  }
}
