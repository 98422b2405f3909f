/** mulberry32 (Tommy Ettinger, public domain): a seeded generator, so that a failing run can be repeated. */
export function createPrng(seed: number): Prng {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    chance: (probability) => next() < probability,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new RangeError("nothing to pick from");
      return item;
    },
  };
}

export interface Prng {
  /** A whole number from 0 up to but not including `limit`. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

/** The seed of this run: CLOISON_SEED if set, else a new one. Printed, so that a failure can be repeated. */
export function runSeed(): number {
  const seed = Number(process.env.CLOISON_SEED ?? Math.floor(Math.random() * 2 ** 32));
  console.log(`seed ${seed}; repeat with CLOISON_SEED=${seed}`);
  return seed;
}
