/** How long a tool may hold the event loop before it lets the channel and other tools have a turn. */
const sliceMs = 20;
/** How many steps go by between two looks at the clock. */
const stepsPerLook = 16;

/** Keeps a long walk over many files polite, abortable and bounded. */
export interface WorkBudget {
  /** Time is up: stop and say so. */
  readonly exhausted: boolean;
  /** Call once for each small step; awaiting it now and then gives others a turn. Throws when aborted. */
  step(): Promise<void> | undefined;
}

/** A budget of `totalMs` milliseconds from now on. */
export function createWorkBudget(totalMs: number, signal: AbortSignal): WorkBudget {
  const end = performance.now() + totalMs;
  let sliceEnd = performance.now() + sliceMs;
  let exhausted = false;
  let steps = 0;
  async function giveWay(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    sliceEnd = performance.now() + sliceMs;
  }
  return {
    get exhausted() {
      return exhausted;
    },
    step() {
      if (++steps % stepsPerLook !== 0) return undefined;
      const now = performance.now();
      exhausted = now >= end;
      return now >= sliceEnd ? giveWay() : undefined;
    },
  };
}
