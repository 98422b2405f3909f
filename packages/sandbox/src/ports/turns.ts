/** Lets a bounded number at a time do something with a port; who comes later waits, first come first served. */
export interface Turns {
  /**
   * Resolves with what gives the turn back.
   *
   * @throws the reason of the signal, which leaves the line
   */
  take(port: number, gaveUp: AbortSignal): Promise<() => void>;
}

interface Line {
  taken: number;
  readonly waiting: Set<() => void>;
}

export function createTurns(limit: number): Turns {
  const lines = new Map<number, Line>();

  function leave(port: number, line: Line): void {
    const [next] = line.waiting;
    if (next !== undefined) next();
    else if (--line.taken === 0) lines.delete(port);
  }

  return {
    async take(port, gaveUp) {
      gaveUp.throwIfAborted();
      const line = lines.get(port) ?? { taken: 0, waiting: new Set() };
      lines.set(port, line);
      if (line.taken < limit) line.taken++;
      else await waitIn(line, gaveUp);
      return () => leave(port, line);
    },
  };
}

/** The turn is handed over by who leaves, so `taken` stays as it is. */
function waitIn(line: Line, gaveUp: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      line.waiting.delete(next);
      reject(gaveUp.reason);
    };
    const next = () => {
      line.waiting.delete(next);
      gaveUp.removeEventListener("abort", giveUp);
      resolve();
    };
    line.waiting.add(next);
    gaveUp.addEventListener("abort", giveUp, { once: true });
  });
}
