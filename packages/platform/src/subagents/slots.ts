/** A bounded number of places, given in the order in which they were asked for. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  /** @param count 1 and more */
  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Waits for a place.
   *
   * @returns gives the place back; to call it again does nothing
   * @throws the signal's reason
   */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(signal);
    let held = true;
    return () => {
      if (held) this.#give();
      held = false;
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.delete(goOn);
        reject(signal.reason);
      };
      const goOn = () => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      this.#waiting.add(goOn);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  /** The place goes to the next one at once, so that nobody who comes later takes it. */
  #give(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
