import type { Clock } from "../life/clock.ts";
import type { Dialer } from "./dialer.ts";
import { PortError } from "./port-error.ts";

/** Milliseconds between two looks: the first, twice as long each time, and the longest. */
const pauses = { first: 5, longest: 100 } as const;

export interface Waiting {
  readonly port: number;
  readonly clock: Clock;
  readonly gaveUp: AbortSignal;
}

/** Resolves when a connection was taken. */
export async function waitForPort(dialer: Dialer, { port, clock, gaveUp }: Waiting): Promise<void> {
  for (let ms: number = pauses.first; ; ms = Math.min(ms * 2, pauses.longest)) {
    try {
      (await dialer.dial(port, gaveUp)).destroy();
      return;
    } catch (error) {
      // A server that resets is not ready either; some do so until what is behind them is there.
      const early =
        error instanceof PortError && (error.code === "PORT_CLOSED" || error.errno === "ECONNRESET");
      if (!early) throw error;
    }
    await pause(ms, clock, gaveUp);
  }
}

function pause(ms: number, clock: Clock, gaveUp: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const callOff = clock.after(ms, () => {
      gaveUp.removeEventListener("abort", giveUp);
      resolve();
    });
    const giveUp = () => {
      callOff();
      reject(gaveUp.reason);
    };
    if (gaveUp.aborted) giveUp();
    else gaveUp.addEventListener("abort", giveUp, { once: true });
  });
}
