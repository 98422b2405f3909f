/**
 * A token bucket (Turner 1986, "New directions in communications"; RFC 2697 §3): it fills at `perSecond`
 * up to `burst` and starts full.
 */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  constructor(options: { perSecond: number; burst: number; now: () => number }) {
    this.#perMs = options.perSecond / 1000;
    this.#burst = options.burst;
    this.#now = options.now;
    this.#tokens = options.burst;
    this.#filledAt = options.now();
  }

  /** Takes `count` tokens and says true, or takes none and says false. */
  take(count: number): boolean {
    if (this.#tokens < count) this.#fill();
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }

  /** Gives back tokens that were taken. */
  give(count: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + count);
  }

  #fill(): void {
    const now = this.#now();
    const elapsed = Math.max(0, now - this.#filledAt);
    this.#tokens = Math.min(this.#burst, this.#tokens + elapsed * this.#perMs);
    this.#filledAt = now;
  }
}
