import type { DriverOpenOptions } from "../driver.ts";

/** Rights that one holder has at a time within this process; those who wait are served in their order. */
export interface Turns {
  /**
   * @returns what gives the right to the next one, once, however often it is called
   * @throws what `busy` makes once the wait is over; the signal's reason
   */
  enter(id: string, wait: Wait): Promise<() => void>;
  isTaken(id: string): boolean;
}

interface Wait extends DriverOpenOptions {
  readonly busy: () => Error;
}

export function createTurns(): Turns {
  /** Who waits for each right that somebody has. */
  const waiting = new Map<string, Set<() => void>>();
  const leaver = (id: string): (() => void) => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const [next] = waiting.get(id) ?? [];
      if (next === undefined) waiting.delete(id);
      else next();
    };
  };
  return {
    enter: async (id, wait) => {
      wait.signal?.throwIfAborted();
      const queue = waiting.get(id);
      if (queue === undefined) waiting.set(id, new Set());
      else await waitIn(queue, wait);
      return leaver(id);
    },
    isTaken: (id) => waiting.has(id),
  };
}

/** The longest that `setTimeout` can wait; who is told to wait longer waits for ever. */
const MAX_DELAY_MS = 2 ** 31 - 1;

function waitIn(queue: Set<() => void>, { busyTimeoutMs, signal, busy }: Wait): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const leave = (): void => {
    queue.delete(next);
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  };
  const next = (): void => {
    leave();
    resolve();
  };
  const abort = (): void => {
    leave();
    reject(signal?.reason);
  };
  const giveUp = (): void => {
    leave();
    reject(busy());
  };
  const timer = busyTimeoutMs > MAX_DELAY_MS ? undefined : setTimeout(giveUp, busyTimeoutMs);
  signal?.addEventListener("abort", abort);
  queue.add(next);
  return promise;
}
