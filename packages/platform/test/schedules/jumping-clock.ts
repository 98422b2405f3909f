import type { Clock } from "@cloison/fallback";

/** A clock that passes all waits at once. Begins in the year 2026. */
export interface JumpingClock extends Clock {
  /** Goes on to the first timer: what is to happen when nothing else does any more. */
  jump(): void;
  /** Called before each wait. */
  onSleep: () => void;
}

interface Timer {
  readonly at: number;
  readonly call: () => void;
}

export function createJumpingClock(): JumpingClock {
  let now = Date.UTC(2026, 0, 1);
  const timers = new Set<Timer>();
  const after = (ms: number, call: () => void) => {
    const timer = { at: now + ms, call };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const clock: JumpingClock = {
    now: () => now,
    after,
    onSleep: () => undefined,
    jump: () => {
      const [first] = [...timers].sort((one, other) => one.at - other.at);
      if (first === undefined) return;
      timers.delete(first);
      now = Math.max(now, first.at);
      first.call();
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        clock.onSleep();
        if (signal.aborted) return reject(signal.reason);
        const cancel = after(ms, resolve);
        signal.addEventListener("abort", () => {
          cancel();
          reject(signal.reason);
        });
        // A call is all that goes on meanwhile, and it waits.
        setImmediate(clock.jump);
      }),
  };
  return clock;
}
