import { look, release } from "../cooldown/gate.ts";
import { cooldownAfter } from "../cooldown/rules.ts";
import type { Cooldown } from "../cooldown/types.ts";
import { backoffMs } from "./backoff.ts";
import { stoppedError } from "./chain-errors.ts";
import { about } from "./journal.ts";
import { answerOverflow } from "./overflow.ts";
import type { Target } from "./plan.ts";
import { cooledEntry, nextAfter, ruleFor } from "./reason-rules.ts";
import type { Failure, Run } from "./run.ts";

/**
 * Decides after a failure.
 *
 * @returns the target that is to be asked again, after the wait that this takes; undefined: the next one
 * @throws ChainStoppedError, ContextOverflowError
 */
export async function goOn(run: Run, failure: Failure): Promise<Target | undefined> {
  const { target, classification } = failure;
  run.failed = failure;
  const { next, again } = ruleFor(classification.reason);
  if (next === "caller" || next === "stop") {
    // The model was well enough to say what it does not like: no cooldown.
    await release(run.settings.store, failure.admitted);
    run.ending.check();
    return next === "caller" ? answerOverflow(run, failure) : jump(run, failure);
  }
  if (again !== "no") target.failures += 1;
  const delayMs = await retryDelay(run, failure);
  const named = (classification.retryAfterMs ?? 0) > 0;
  const cooldown = delayMs === undefined || named ? await coolDown(run, failure) : undefined;
  run.ending.check();
  if (delayMs === undefined) return turnAway(run, failure, cooldown);
  run.journal.tell({ type: "retry", ...about(target), delayMs, reason: classification.reason });
  await run.ending.sleep(delayMs);
  return target;
}

/** After an error of the request: on only where the caller has said so. */
function jump(run: Run, { target, classification }: Failure): undefined {
  const jumps: ReadonlySet<string> = run.settings.jumpOn;
  if (!jumps.has(classification.reason)) throw stoppedError(run);
  target.slot.closed = true;
  run.left = target;
}

/** How long to wait before the same target is asked again; undefined where it is not. */
async function retryDelay(run: Run, failure: Failure): Promise<number | undefined> {
  const { target, classification, admitted } = failure;
  const { attempts, maxAttempts, backoff, random, clock } = run.settings;
  const { again } = ruleFor(classification.reason);
  if (again === "no" || target.failures >= attempts || run.journal.begun >= maxAttempts) return undefined;
  // A look that failed shows that it is not well yet.
  if (admitted.probes.length > 0) return undefined;
  const { retryAfterMs = 0 } = classification;
  if (again === "alone" && (retryAfterMs > 0 || (await isSomebodyFree(run, target)))) return undefined;
  if (retryAfterMs > backoff.maxMs) return undefined;
  const delayMs = Math.max(backoffMs(backoff, target.failures, random), Math.ceil(retryAfterMs));
  return clock.now() + delayMs < run.ending.deadlineAt ? delayMs : undefined;
}

/** Whether there is another one that could be asked at once. */
async function isSomebodyFree(run: Run, self: Target): Promise<boolean> {
  const { store, clock } = run.settings;
  for (const slot of run.slots) {
    for (const target of await slot.targets()) {
      if (target === self || slot.closed || target.closed || target.failures > 0) continue;
      const now = clock.now();
      if (Math.max(slot.notBefore, target.notBefore) > now) continue;
      if ((await look(store, target.ids, now)).open) return true;
    }
  }
  return false;
}

async function coolDown(run: Run, failure: Failure): Promise<Cooldown | undefined> {
  const { target, classification, admitted } = failure;
  const { store, clock, cooldown: rules } = run.settings;
  if (classification.scope === "request") {
    // Others who share the key ask for something else.
    await release(store, admitted);
    return undefined;
  }
  const entry = cooledEntry(classification);
  const id = target.ids[entry];
  const now = clock.now();
  const remembered = {
    classification,
    seen: admitted.seen[entry],
    probedAt: admitted.probes.includes(id) ? admitted.at : undefined,
    now,
  };
  const cooldown = await store.update(id, (previous) => cooldownAfter(previous, remembered, rules));
  await release(store, { ...admitted, probes: admitted.probes.filter((probe) => probe !== id) });
  if (cooldown !== undefined && cooldown.until > now) {
    const { reason, until, failures } = cooldown;
    target.toldUntil = until;
    run.journal.tell({ type: "cooldown", ...about(target), reason, until, failures });
  }
  return cooldown;
}

/** Leaves the target, and what fails with it, for a while or for the rest of the run. */
function turnAway(run: Run, { target, classification }: Failure, cooldown: Cooldown | undefined): undefined {
  const { attempts, backoff, random, clock } = run.settings;
  const next = nextAfter(classification);
  const isOver = ruleFor(classification.reason).again === "no" || target.failures >= attempts;
  const now = clock.now();
  const opensAt = cooldown?.probeFrom ?? 0;
  run.left = target;
  if (next === "key") {
    target.closed ||= isOver;
    // An allowed failure: no cooldown keeps it closed.
    if (opensAt <= now) target.notBefore = now + backoffMs(backoff, target.failures, random);
    return;
  }
  const { slot: own } = target;
  for (const slot of next === "model" ? [own] : run.slots.filter(({ place }) => place === own.place)) {
    slot.closed ||= isOver || opensAt <= now;
    slot.notBefore = Math.max(slot.notBefore, opensAt);
  }
}
