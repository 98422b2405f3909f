import type { Clock } from "../../src/index.ts";

/** A clock that stands still until it is told to move on. Begins in the year 2026. */
export interface FakeClock extends Clock {
  /** Moves on, calling back on the way whoever waits. */
  advance(ms: number): Promise<void>;
  /** Moves on from one waiting caller to the next until the promise is settled; then returns it. */
  runUntil<T>(promise: Promise<T>): Promise<T>;
  /** How many wait. */
  readonly waiting: number;
  /** All that `sleep` was called with. */
  readonly sleeps: readonly number[];
}

export const START = Date.UTC(2026, 0, 1);

interface Timer {
  readonly at: number;
  readonly call: () => void;
}

export function createFakeClock(): FakeClock {
  let now = START;
  const timers = new Set<Timer>();
  const sleeps: number[] = [];
  const after = (ms: number, call: () => void) => {
    const timer = { at: now + ms, call };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const next = () => [...timers].sort((a, b) => a.at - b.at)[0];
  const fire = (timer: Timer) => {
    now = Math.max(now, timer.at);
    timers.delete(timer);
    timer.call();
  };
  return {
    now: () => now,
    after,
    sleep: (ms, signal) => {
      sleeps.push(ms);
      return new Promise((resolve, reject) => {
        const cancel = after(ms, resolve);
        signal.addEventListener("abort", () => {
          cancel();
          reject(signal.reason);
        });
      });
    },
    advance: async (ms) => {
      const end = now + ms;
      await idle();
      for (let timer = next(); timer !== undefined && timer.at <= end; timer = next()) {
        fire(timer);
        await idle();
      }
      now = end;
    },
    runUntil: async (promise) => {
      let settled = false;
      const settle = () => {
        settled = true;
      };
      promise.then(settle, settle);
      for (await idle(); !settled; await idle()) {
        const timer = next();
        if (timer !== undefined) fire(timer);
      }
      return promise;
    },
    get waiting() {
      return timers.size;
    },
    sleeps,
  };
}

/** Resolves when nothing is left to do but to wait. */
export function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A clock that stands still but for sleeps, which take it to their end at once. For tests over real HTTP. */
export function createJumpingClock(): Clock & Pick<FakeClock, "sleeps"> {
  let now = START;
  const sleeps: number[] = [];
  return {
    now: () => now,
    sleep: async (ms) => {
      sleeps.push(ms);
      now += ms;
    },
    after: () => () => undefined,
    sleeps,
  };
}
