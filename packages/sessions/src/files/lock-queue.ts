import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { isLockFileHeld, type LockFile, takeLockFile } from "./lock-file.ts";

/** Those of one process that want one lock, in the order in which they came. */
export interface LockQueue {
  /** @throws what `busy` makes once `busyTimeoutMs` is over; the signal's reason; system errors */
  wait(options: LockOptions & { readonly busy: () => Error }): Promise<LockFile>;
  /** Gives the lock to the next one, here or in another process. */
  pass(lock: LockFile): Promise<void>;
}

/** How long to wait for a lock. */
export interface LockOptions {
  /** Milliseconds, 0 and more. */
  readonly busyTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

interface Waiter {
  readonly until: number;
  take(lock: LockFile): void;
  fail(error: unknown): void;
  readonly busy: () => Error;
}

const FIRST_LOOK_MS = 1;
const LAST_LOOK_MS = 40;
const LOOK_GROWTH = 1.4;
/** After so many looks a lock is taken out of turn: the next one may be a process that was stopped. */
const PATIENCE_LOOKS = 16;

/**
 * Only the queue looks at the lock file, however many wait in it. Between processes there is a second lock, whose
 * holder is the next: while another process has it, a lock that is given back goes there, and not to the next one of
 * the own queue, which then waits to be the next in its turn.
 *
 * @param path of the lock; the next one's is `<path>.next`
 */
export function createLockQueue(path: string): LockQueue {
  const waiters: Waiter[] = [];
  const turn = createTurn(`${path}.next`);
  let looking = false;

  const failAll = (error: unknown): void => {
    for (const waiter of waiters.splice(0)) waiter.fail(error);
  };
  const refuseLate = (): void => {
    const now = performance.now();
    for (const waiter of waiters.filter(({ until }) => until <= now)) waiter.fail(waiter.busy());
  };
  /** Until nobody waits any more. */
  const look = async (): Promise<void> => {
    let ms = FIRST_LOOK_MS;
    for (let looks = 1; waiters.length > 0; looks += 1) {
      const mayTake = looks % PATIENCE_LOOKS === 0 || (await turn.isOurs());
      const lock = mayTake ? await takeLockFile(path) : undefined;
      if (lock !== undefined) {
        await turn.giveUp();
        const next = waiters[0];
        if (next === undefined) await lock.release();
        else next.take(lock);
        ms = FIRST_LOOK_MS;
        continue;
      }
      refuseLate();
      if (waiters.length === 0) break;
      await turn.ask();
      const left = Math.min(...waiters.map(({ until }) => until)) - performance.now();
      await sleep(Math.max(0, Math.min(left, ms * (0.5 + Math.random()))));
      ms = Math.min(ms * LOOK_GROWTH, LAST_LOOK_MS);
    }
  };
  const beginToLook = (): void => {
    if (looking) return;
    looking = true;
    void look()
      .catch(failAll)
      .then(() => turn.giveUp())
      .catch(failAll)
      .finally(() => {
        looking = false;
        if (waiters.length > 0) beginToLook();
      });
  };
  return {
    wait: async ({ busyTimeoutMs, signal, busy }) => {
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<LockFile>();
      const leave = (): void => {
        signal?.removeEventListener("abort", abort);
        const index = waiters.indexOf(waiter);
        if (index !== -1) waiters.splice(index, 1);
      };
      const abort = (): void => waiter.fail(signal?.reason);
      const waiter: Waiter = {
        until: performance.now() + busyTimeoutMs,
        busy,
        take: (lock) => {
          leave();
          resolve(lock);
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      waiters.push(waiter);
      signal?.addEventListener("abort", abort, { once: true });
      beginToLook();
      return promise;
    },
    pass: async (lock) => {
      const ours = waiters.length > 0 && lock.isHeld() && (await turn.isOurs());
      const next = ours ? waiters[0] : undefined;
      if (next === undefined) await lock.release();
      else next.take(lock);
    },
  };
}

/** Who is the next to have a lock, among processes. */
interface Turn {
  /** Whether no other process is the next. */
  isOurs(): Promise<boolean>;
  /** Becomes the next, unless another process is. */
  ask(): Promise<void>;
  giveUp(): Promise<void>;
}

function createTurn(path: string): Turn {
  let own: LockFile | undefined;
  return {
    isOurs: async () => own?.isHeld() === true || !(await isLockFileHeld(path)),
    ask: async () => {
      if (own?.isHeld() !== true) own = await takeLockFile(path);
    },
    giveUp: async () => {
      const given = own;
      own = undefined;
      await given?.release();
    },
  };
}
