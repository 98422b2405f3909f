import { type CooldownIds, cooldownIds, placeOf } from "../cooldown/ids.ts";
import { keyLabel } from "../keys/key-text.ts";
import type { KeyRing } from "../keys/types.ts";
import { andThen, type MaybePromise } from "./maybe-promise.ts";
import type { Candidate } from "./types.ts";

/** One candidate in one run. */
export interface Slot {
  readonly candidate: Candidate;
  /** Where it is served; what is served there fails together when it cannot be reached. */
  readonly place: string;
  /** With none of its keys is it asked any more in this run. */
  closed: boolean;
  /** It is not asked before, whatever its cooldowns say. Milliseconds since 1970. */
  notBefore: number;
  /** One for each key, in the order in which to try them; none where its provider has no key. */
  targets(): MaybePromise<readonly Target[]>;
  /** The same as far as they have been looked up. */
  known(): readonly Target[];
}

/** One candidate with one key in one run. */
export interface Target {
  readonly slot: Slot;
  readonly key: string | undefined;
  readonly keyLabel: string | undefined;
  readonly ids: CooldownIds;
  /** Failures that time heals, so far. */
  failures: number;
  /** It is not asked any more in this run. */
  closed: boolean;
  /** It is not asked before. Milliseconds since 1970. */
  notBefore: number;
  /** The end of the cooldown that was last told of, so that it is told once. */
  toldUntil: number;
}

/** What of a candidate is the same in every run. */
export interface PlannedCandidate {
  readonly candidate: Candidate;
  readonly place: string;
  names(key: string | undefined): KeyNames;
}

interface KeyNames {
  readonly ids: CooldownIds;
  readonly label: string | undefined;
}

/** Keys whose names are remembered: hashes take time, but not every key there ever was may stay in memory. */
const MAX_NAMES = 1000;

export function planCandidate(candidate: Candidate): PlannedCandidate {
  const place = placeOf(candidate);
  const known = new Map<string | undefined, KeyNames>();
  return {
    candidate,
    place,
    names: (key) => {
      const found = known.get(key);
      if (found !== undefined) return found;
      const label = key === undefined ? undefined : keyLabel(key);
      const names = { ids: cooldownIds(place, candidate.model, key), label };
      if (known.size >= MAX_NAMES) known.clear();
      known.set(key, names);
      return names;
    },
  };
}

/** Whom a run may ask, in order of preference. Keys are looked up when their candidate's turn comes. */
export function createSlots(
  planned: readonly PlannedCandidate[],
  keys: KeyRing | undefined,
  sessionId: string | undefined,
): readonly Slot[] {
  const orders = new Map<string, MaybePromise<readonly string[]>>();
  // One order for the whole run: what is used in it changes the next one.
  const order = (ring: KeyRing, provider: string) => {
    const found = orders.get(provider) ?? ring.order(provider, sessionId);
    orders.set(provider, found);
    return found;
  };
  return planned.map(({ candidate, place, names }) => {
    let made: readonly Target[] | undefined;
    const make = (keys: readonly (string | undefined)[]) => {
      made ??= keys.map((key) => createTarget(slot, key, names(key)));
      return made;
    };
    const slot: Slot = {
      candidate,
      place,
      closed: false,
      notBefore: 0,
      known: () => made ?? [],
      targets: () =>
        made ?? (keys === undefined ? make([undefined]) : andThen(order(keys, candidate.provider), make)),
    };
    return slot;
  });
}

function createTarget(slot: Slot, key: string | undefined, { ids, label }: KeyNames): Target {
  return { slot, key, keyLabel: label, ids, failures: 0, closed: false, notBefore: 0, toldUntil: 0 };
}
