import { createLazyAbort } from "./lazy-abort.ts";
import type { Clock } from "./types.ts";

/** Watches for what ends a run from outside: the caller's signal, and the deadline. */
export interface Ending {
  /** Milliseconds since 1970. */
  readonly deadlineAt: number;
  readonly isOver: boolean;
  /** @throws when the run is over, so that nothing is begun after its end */
  check(): void;
  /** Waits, unless the run ends before. */
  sleep(ms: number): Promise<void>;
  /** The run has come to its own end: the watch is over. */
  close(): void;
}

export type EndCause = "abort" | "deadline";

interface Watched {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly deadlineMs: number;
  /** Called at most once. */
  readonly onEnd: (cause: EndCause) => void;
}

/** Ends what still goes on of a run that is over. Nobody sees it: the run's promise is settled before. */
const OVER = new DOMException("The run is over.", "AbortError");

export function watchForEnd({ clock, signal, deadlineMs, onEnd }: Watched): Ending {
  const deadlineAt = clock.now() + deadlineMs;
  const sleeper = createLazyAbort();
  let over = false;
  const close = () => {
    over = true;
    cancel();
    signal?.removeEventListener("abort", abort);
  };
  const end = (cause: EndCause) => {
    if (over) return;
    close();
    onEnd(cause);
    sleeper.abort(OVER);
  };
  const abort = () => end("abort");
  const cancel = clock.after(deadlineMs, () => end("deadline"));
  signal?.addEventListener("abort", abort, { once: true });
  return {
    deadlineAt,
    get isOver() {
      return over;
    },
    close,
    check: () => {
      // The timer may be late where something keeps the thread busy.
      if (!over && clock.now() >= deadlineAt) end("deadline");
      if (over) throw OVER;
    },
    sleep: (ms) => clock.sleep(ms, sleeper.signal),
  };
}
