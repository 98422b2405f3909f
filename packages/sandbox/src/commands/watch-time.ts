import type { Clock } from "../life/clock.ts";
import type { ParsedCommand } from "../options/command-options.ts";

export interface TimeWatch {
  readonly timedOut: boolean;
  stop(): void;
}

/** Ends the command at its time limit and at its signal's abort; `timedOut` tells which. */
export function watchTime(clock: Clock, command: ParsedCommand, kill: () => void): TimeWatch {
  const watch = { timedOut: false, stop: () => {} };
  const onAbort = () => kill();
  const callOff =
    command.timeoutMs === undefined
      ? () => {}
      : clock.after(command.timeoutMs, () => {
          watch.timedOut = true;
          kill();
        });
  command.signal?.addEventListener("abort", onAbort, { once: true });
  if (command.signal?.aborted) kill();
  watch.stop = () => {
    callOff();
    command.signal?.removeEventListener("abort", onAbort);
  };
  return watch;
}
