import { performance } from "node:perf_hooks";
import { type LockFile, takeLockFile } from "./lock-file.ts";
import { createLockTurn, type LockTurn } from "./lock-turn.ts";

/** How long to wait for a lock. */
export interface LockOptions {
  /** Milliseconds, 0 and more. */
  readonly busyTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

interface Waiter {
  /** On the clock of `performance.now`. */
  readonly until: number;
  readonly busy: () => Error;
  take(lock: LockFile): void;
  fail(error: unknown): void;
}

const FIRST_PAUSE_MS = 1;
const LAST_PAUSE_MS = 40;
const PAUSE_GROWTH = 1.4;
/** So long a queue may have the lock before another process has its turn: each change costs some pauses. */
const TURN_MS = 25;
/** After so many looks a lock is taken out of turn: the next one may be a process that was stopped. */
const PATIENCE_LOOKS = 16;

/**
 * Those of one process that want one lock, in the order in which they came. Only the queue looks at the lock file,
 * however many wait in it, and a lock that is given back goes to the next one in it without touching the disk; unless
 * another process is next, see {@link LockTurn}. Then this queue waits for its turn again.
 */
export class LockQueue {
  readonly #path: string;
  readonly #turn: LockTurn;
  readonly #waiters: Waiter[] = [];
  /** Had by somebody of this queue. */
  #lock: LockFile | undefined;
  /** On the clock of `performance.now`. */
  #takenAt = 0;
  #looking = false;
  /** To take the lock; it comes to nothing while somebody here has it. */
  #attempt: Promise<boolean> | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #wake: () => void = () => undefined;

  constructor(path: string) {
    this.#path = path;
    this.#turn = createLockTurn(path);
  }

  /** @throws what `busy` makes once `busyTimeoutMs` is over; the signal's reason; system errors */
  async wait({ busyTimeoutMs, signal, busy }: LockOptions & Pick<Waiter, "busy">): Promise<LockFile> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<LockFile>();
    const waiter: Waiter = {
      until: performance.now() + busyTimeoutMs,
      busy,
      take: resolve,
      fail: reject,
    };
    const abort = (): void => this.#leave(waiter)?.fail(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#waiters.push(waiter);
    if (!this.#looking) this.#beginToLook();
    else if (this.#waiters.length === 1 || busyTimeoutMs < LAST_PAUSE_MS) this.#lookNow();
    return promise.finally(() => signal?.removeEventListener("abort", abort));
  }

  /** Gives the lock to the next one, here or in another process. */
  async pass(lock: LockFile): Promise<void> {
    const next = (await this.#mayKeep(lock)) ? this.#waiters.shift() : undefined;
    if (next !== undefined) {
      next.take(lock);
      return;
    }
    // Lest it takes for nobody what is given back here.
    await this.#attempt?.catch(() => undefined);
    this.#lock = undefined;
    await lock.release();
    this.#lookNow();
  }

  async #mayKeep(lock: LockFile): Promise<boolean> {
    if (this.#waiters.length === 0 || !lock.isHeld()) return false;
    return performance.now() - this.#takenAt < TURN_MS || this.#turn.isOurs();
  }

  #beginToLook(): void {
    this.#looking = true;
    const failAll = (error: unknown): void => {
      for (const waiter of this.#waiters.splice(0)) waiter.fail(error);
    };
    void this.#look()
      .catch(failAll)
      .then(() => this.#turn.giveUp())
      .catch(failAll)
      .finally(() => {
        this.#looking = false;
        if (this.#waiters.length > 0) this.#beginToLook();
      });
  }

  /** Until nobody waits any more. */
  async #look(): Promise<void> {
    for (let looks = 1; this.#waiters.length > 0; looks += 1) {
      this.#attempt = this.#tryToTake(looks % PATIENCE_LOOKS === 0);
      if (await this.#attempt) continue;
      this.#refuseLate();
      if (this.#waiters.length === 0) return;
      // Who has the lock is not the next: it gives it to its own queue where nobody else is.
      if (this.#lock === undefined) await this.#turn.ask();
      await this.#pause();
    }
  }

  async #tryToTake(outOfTurn: boolean): Promise<boolean> {
    if (!outOfTurn && !(await this.#turn.isOurs())) return false;
    const lock = await takeLockFile(this.#path);
    if (lock === undefined) return false;
    await this.#turn.giveUp();
    const next = this.#waiters.shift();
    if (next === undefined) await lock.release();
    else {
      this.#lock = lock;
      this.#takenAt = performance.now();
      next.take(lock);
    }
    return true;
  }

  #refuseLate(): void {
    const now = performance.now();
    for (const waiter of this.#waiters.filter(({ until }) => until <= now))
      this.#leave(waiter)?.fail(waiter.busy());
  }

  #leave(waiter: Waiter): Waiter | undefined {
    const index = this.#waiters.indexOf(waiter);
    return index === -1 ? undefined : this.#waiters.splice(index, 1)[0];
  }

  #lookNow(): void {
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#wake();
  }

  /** A random part of it, lest processes look in step; and not beyond the end of somebody's wait. */
  async #pause(): Promise<void> {
    const left = Math.min(...this.#waiters.map(({ until }) => until)) - performance.now();
    const ms = Math.max(0, Math.min(left, this.#pauseMs * (0.5 + Math.random())));
    this.#pauseMs = Math.min(this.#pauseMs * PAUSE_GROWTH, LAST_PAUSE_MS);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
  }
}
