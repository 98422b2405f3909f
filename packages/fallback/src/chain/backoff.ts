export interface Backoff {
  /** Milliseconds. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait before the next try: exponential with full jitter, a random time between 0 and
 * min(maxMs, baseMs · 2^(failures − 1)) ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 *
 * @param failures in a row, from 1
 * @param random 0 ≤ number < 1
 */
export function backoffMs({ baseMs, maxMs }: Backoff, failures: number, random: () => number): number {
  return Math.floor(random() * Math.min(maxMs, baseMs * 2 ** (failures - 1)));
}
