/** The longest delay that Node's timers take, in milliseconds. */
const maxTimerMs = 2 ** 31 - 1;

/** Time as a sandbox knows it: it stands still while the sandbox is paused. */
export interface Clock {
  /** Calls once, when so many milliseconds of the sandbox's time have passed; returns what calls it off. */
  after(ms: number, call: () => void): () => void;
  /** Milliseconds of the sandbox's time since it was made. */
  now(): number;
  stop(): void;
  go(): void;
}

interface Alarm {
  readonly due: number;
  readonly call: () => void;
  timer: NodeJS.Timeout | undefined;
}

export function createClock(): Clock {
  const alarms = new Set<Alarm>();
  let passed = 0;
  let runningSince: number | undefined = performance.now();
  const now = () => passed + (runningSince === undefined ? 0 : performance.now() - runningSince);

  function arm(alarm: Alarm): void {
    const left = Math.max(0, alarm.due - now());
    alarm.timer = setTimeout(() => ring(alarm), Math.min(left, maxTimerMs));
  }

  function ring(alarm: Alarm): void {
    // Node's timers may be early by a part of a millisecond, and are cut at their longest.
    if (alarm.due - now() >= 1) arm(alarm);
    else if (alarms.delete(alarm)) alarm.call();
  }

  return {
    now,
    after(ms, call) {
      const alarm: Alarm = { due: now() + ms, call, timer: undefined };
      alarms.add(alarm);
      if (runningSince !== undefined) arm(alarm);
      return () => {
        clearTimeout(alarm.timer);
        alarms.delete(alarm);
      };
    },
    stop() {
      if (runningSince === undefined) return;
      passed = now();
      runningSince = undefined;
      for (const alarm of alarms) clearTimeout(alarm.timer);
    },
    go() {
      if (runningSince !== undefined) return;
      runningSince = performance.now();
      for (const alarm of alarms) arm(alarm);
    },
  };
}
