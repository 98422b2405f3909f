import type { Clock } from "@cloison/fallback";

/** A clock for calls over real HTTP: it stands still, but whoever sleeps finds it moved on at once. */
export interface SleeplessClock extends Clock {
  /** All that `sleep` was called with. */
  readonly sleeps: readonly number[];
  /** Moves on, and calls back whom that makes due. */
  advance(ms: number): void;
}

export const START = Date.UTC(2026, 0, 1);

/** @param onSleep told of each sleep; while it gives a promise, the sleeper waits for that */
export function createSleeplessClock(onSleep?: (ms: number) => Promise<void> | undefined): SleeplessClock {
  let now = START;
  const timers = new Set<{ readonly at: number; readonly call: () => void }>();
  const sleeps: number[] = [];
  const advance = (ms: number): void => {
    now += ms;
    for (const timer of [...timers]) {
      if (timer.at > now) continue;
      timers.delete(timer);
      timer.call();
    }
  };
  return {
    sleeps,
    advance,
    now: () => now,
    after: (ms, call) => {
      const timer = { at: now + ms, call };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    sleep: async (ms, signal) => {
      sleeps.push(ms);
      const held = onSleep?.(ms);
      if (held !== undefined) {
        const aborted = new Promise<never>((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        });
        await Promise.race([held, aborted]);
      }
      signal.throwIfAborted();
      advance(ms);
    },
  };
}
