import { type Admitted, admit, release } from "../cooldown/gate.ts";
import { cooldownAfterSuccess, withoutProbe } from "../cooldown/rules.ts";
import { callTask, classifyFailure, type Task } from "./attempt.ts";
import { about } from "./journal.ts";
import { createLazyAbort } from "./lazy-abort.ts";
import { isPromise } from "./maybe-promise.ts";
import type { Target } from "./plan.ts";
import type { Failure, Run } from "./run.ts";

/** What came of it when one more target was to be asked. */
export type Asked<T> =
  | ({ readonly kind: "answer"; readonly value: T } & Admittance)
  | ({ readonly kind: "failure" } & Failure)
  /** Nobody can be asked now; `target`, if anybody, will be free first. */
  | { readonly kind: "nobody"; readonly target: Target | undefined; readonly opensAt: number };

/**
 * Asks the first target that is free: first `again`, where the same is to be asked again; then the ones
 * that have not failed in this run; then the others.
 */
export async function askFirstFree<T>(run: Run, task: Task<T>, again: Target | undefined): Promise<Asked<T>> {
  let nobody: Asked<T> = { kind: "nobody", target: undefined, opensAt: Number.POSITIVE_INFINITY };
  const first = again === undefined ? undefined : await askIfFree(run, task, again);
  if (first !== undefined && first.kind !== "nobody") return first;
  for (const failedBefore of [false, true]) {
    for (const slot of run.slots) {
      const ready = slot.targets();
      for (const target of isPromise(ready) ? await ready : ready) {
        if (slot.closed || target.closed || target.failures > 0 !== failedBefore) continue;
        const asked = await askIfFree(run, task, target);
        if (asked.kind !== "nobody") return asked;
        if (asked.opensAt < nobody.opensAt) nobody = asked;
      }
    }
  }
  return nobody;
}

async function askIfFree<T>(run: Run, task: Task<T>, target: Target): Promise<Asked<T>> {
  const { store, clock } = run.settings;
  run.ending.check();
  const now = clock.now();
  const notBefore = Math.max(target.notBefore, target.slot.notBefore);
  if (notBefore > now) return { kind: "nobody", target, opensAt: notBefore };
  const answer = admit(store, target.ids, now);
  const admission = isPromise(answer) ? await answer : answer;
  if (admission.open) return await ask(run, task, { target, admitted: admission });
  run.ending.check();
  const { reason, until } = admission.cooldown;
  if (target.toldUntil !== until) run.journal.tell({ type: "skip", ...about(target), reason, until });
  target.toldUntil = until;
  return { kind: "nobody", target, opensAt: admission.opensAt };
}

/** Who may be asked, and how. */
interface Admittance {
  readonly target: Target;
  readonly admitted: Admitted;
}

async function ask<T>(run: Run, task: Task<T>, { target, admitted }: Admittance): Promise<Asked<T>> {
  const { settings, options, journal, ending } = run;
  const abort = createLazyAbort();
  run.current = { target, admitted, abort };
  // Whoever ended the run while the claim was under way could not know of it.
  if (ending.isOver) await release(settings.store, admitted);
  ending.check();
  tellOfMove(run, target);
  const number = journal.begin(target, { probe: admitted.probes.length > 0, at: settings.clock.now() });
  // A listener may have aborted the run.
  ending.check();
  const { provider } = target.slot.candidate;
  if (target.key !== undefined) settings.keys?.used(provider, target.key, options.sessionId);
  const answer = await settle(() => callTask(settings, task, { target, number, abort }));
  ending.check();
  run.current = undefined;
  if (answer.ok) {
    journal.succeed();
    return { kind: "answer", value: answer.value, target, admitted };
  }
  const { error } = answer;
  const classification = classifyFailure(settings, error, target.slot.candidate);
  journal.fail(error, classification);
  return { kind: "failure", target, admitted, error, classification };
}

type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

async function settle<T>(call: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { ok: true, value: await call() };
  } catch (error) {
    return { ok: false, error };
  }
}

/** Tells which way the run has gone since the last attempt. */
function tellOfMove(run: Run, target: Target): void {
  const { left, failed, journal } = run;
  run.left = undefined;
  if (left === undefined || failed === undefined || left === target) return;
  const type = left.slot === target.slot ? "next_key" : "next_model";
  journal.tell({ type, ...about(target), reason: failed.classification.reason });
}

/**
 * Clears both cooldowns of the target. What came up since the call began, such as the provider's word to
 * another call to wait, stays.
 */
export async function noteSuccess(run: Run, { target, admitted }: Admittance): Promise<void> {
  const { store } = run.settings;
  const { at, probes } = admitted;
  for (const id of [target.ids.model, target.ids.wide]) {
    const found = store.get(id);
    const cooldown = isPromise(found) ? await found : found;
    if (cooldown === undefined) continue;
    const own = probes.includes(id) ? at : undefined;
    await store.update(id, (entry) => cooldownAfterSuccess(withoutProbe(entry, own), at));
  }
}
