import type { ErrorReason } from "../classify/types.ts";

/** Why and until when something is not to be called. Times are milliseconds since 1970. */
export interface Cooldown {
  readonly reason: ErrorReason;
  /** Failures in a row. */
  readonly failures: number;
  /** Not to be called before; 0 while the failures are still allowed ones. */
  readonly until: number;
  /** From here on one call at a time may look whether it is well again. Equal to `until` where the provider named the time. */
  readonly probeFrom: number;
  /** A look is under way since then; it counts for a minute. */
  readonly probeAt?: number;
  readonly failedAt: number;
}

/** Where cooldowns are kept. Ids are opaque and hold no key. */
export interface CooldownStore {
  get(id: string): Cooldown | undefined | Promise<Cooldown | undefined>;
  /**
   * Replaces an entry by what `change` makes of it (undefined: removes it), so that no other change comes
   * between. Resolves with the new entry. `change` may be called more than once.
   *
   * @throws CooldownStoreError
   */
  update(
    id: string,
    change: (cooldown: Cooldown | undefined) => Cooldown | undefined,
  ): Cooldown | undefined | Promise<Cooldown | undefined>;
}
