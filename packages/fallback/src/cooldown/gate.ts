import { andThen, isPromise, type MaybePromise } from "../chain/maybe-promise.ts";
import type { CooldownIds } from "./ids.ts";
import { isProbe, opensAt, withoutProbe } from "./rules.ts";
import type { Cooldown, CooldownStore } from "./types.ts";

/** Which of the two entries of a candidate and a key. */
export type EntryName = keyof CooldownIds;

/** Whether a call may begin. */
export type Admission = Admitted | Refused;

export interface Admitted {
  readonly open: true;
  /** Entries near the end of their cooldown at which this call, and no other, looks. */
  readonly probes: readonly string[];
  /** When it was asked for. Milliseconds since 1970. */
  readonly at: number;
  /** Failures in a row that were known. */
  readonly seen: Readonly<Record<EntryName, number>>;
}

interface Refused {
  readonly open: false;
  /** The first moment at which it may begin, as far as is known. Milliseconds since 1970. */
  readonly opensAt: number;
  /** What stands against it. */
  readonly cooldown: Cooldown;
}

const FREE = { open: true, probes: [], seen: { model: 0, wide: 0 } } as const;

/** Whether a call could begin now. Changes nothing; answers at once where the store does. */
export function look(store: CooldownStore, ids: CooldownIds, now: number): MaybePromise<Admission> {
  const model = store.get(ids.model);
  const wide = store.get(ids.wide);
  if (!isPromise(model) && !isPromise(wide)) return judge(ids, { model, wide }, now);
  return Promise.all([model, wide]).then(([model, wide]) => judge(ids, { model, wide }, now));
}

/** The same for a call that begins at once if it may: it claims the looks that it needs. */
export function admit(store: CooldownStore, ids: CooldownIds, now: number): MaybePromise<Admission> {
  return andThen(look(store, ids, now), (admission) => {
    if (!admission.open || admission.probes.length === 0) return admission;
    return claim(store, admission, 0);
  });
}

/** Gives up our looks at what the call has told nothing about. */
export async function release(store: CooldownStore, { probes, at }: Admitted): Promise<void> {
  for (const id of probes) await store.update(id, (cooldown) => withoutProbe(cooldown, at));
}

type Entries = Readonly<Record<EntryName, Cooldown | undefined>>;

function judge(ids: CooldownIds, { model, wide }: Entries, now: number): Admission {
  if (model === undefined && wide === undefined) return { ...FREE, at: now };
  const first = opensAt(model, now) >= opensAt(wide, now) ? model : wide;
  const opens = opensAt(first, now);
  if (first !== undefined && opens > now) return { open: false, opensAt: opens, cooldown: first };
  const probes = [...(isProbe(wide, now) ? [ids.wide] : []), ...(isProbe(model, now) ? [ids.model] : [])];
  return { open: true, probes, at: now, seen: { model: model?.failures ?? 0, wide: wide?.failures ?? 0 } };
}

/** Claims one look after the other; where somebody else was faster, those claimed before are given up. */
function claim(store: CooldownStore, admitted: Admitted, from: number): MaybePromise<Admission> {
  const { at, probes } = admitted;
  const id = probes[from];
  if (id === undefined) return admitted;
  let refusal: Refused | undefined;
  const claimed = store.update(id, (cooldown) => {
    const opens = opensAt(cooldown, at);
    refusal = cooldown === undefined || opens <= at ? undefined : { open: false, opensAt: opens, cooldown };
    const mine = cooldown !== undefined && refusal === undefined && isProbe(cooldown, at);
    return mine ? { ...cooldown, probeAt: at } : cooldown;
  });
  return andThen<unknown, Admission>(claimed, () => {
    if (refusal === undefined) return claim(store, admitted, from + 1);
    const refused = refusal;
    const given = release(store, { ...admitted, probes: probes.slice(0, from) });
    return given.then(() => refused);
  });
}
