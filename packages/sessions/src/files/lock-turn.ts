import { isLockFileHeld, type LockFile, takeLockFile } from "./lock-file.ts";

/**
 * Which process is the next to have a lock. That is a second lock, `<path>.next`, which a process asks for while
 * another one has the first: who gives the first one back knows by it that somebody else waits, so that no
 * process can keep a lock among its own for good.
 */
export interface LockTurn {
  /** Whether no other process is the next. */
  isOurs(): Promise<boolean>;
  /** Becomes the next, unless another process is. */
  ask(): Promise<void>;
  giveUp(): Promise<void>;
}

/** @param path of the lock that it is about */
export function createLockTurn(path: string): LockTurn {
  const next = `${path}.next`;
  let own: LockFile | undefined;
  return {
    isOurs: async () => own?.isHeld() === true || !(await isLockFileHeld(next)),
    ask: async () => {
      if (own?.isHeld() !== true) own = await takeLockFile(next);
    },
    giveUp: async () => {
      const given = own;
      own = undefined;
      await given?.release();
    },
  };
}
