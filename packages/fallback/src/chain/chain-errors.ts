import { look } from "../cooldown/gate.ts";
import {
  ChainDeadlineError,
  ChainExhaustedError,
  ChainStoppedError,
  ContextOverflowError,
  NoKeyError,
} from "../errors.ts";
import { keyVariable } from "../keys/env-keys.ts";
import type { Target } from "./plan.ts";
import { createRedaction } from "./redaction.ts";
import type { Run } from "./run.ts";

export function stoppedError(run: Run): ChainStoppedError {
  const { reason } = run.failed?.classification ?? { reason: "none" };
  const advice =
    reason === "none"
      ? "the error is not known to be a provider's; see its cause"
      : `the request itself is at fault (${reason}); change it, or name the reason in jumpOn`;
  return new ChainStoppedError(`${lastOf(run)}: ${advice}`, failureOf(run));
}

export function overflowError(run: Run): ContextOverflowError {
  const advice = "the request is too long; shorten it, or add a candidate with a larger context window";
  return new ContextOverflowError(`${lastOf(run)}: ${advice}`, failureOf(run));
}

export function deadlineError(run: Run): ChainDeadlineError {
  const count = run.journal.records.length;
  const message = `no answer within the deadline, after ${count} attempts; raise deadlineMs, or give an attemptTimeoutMs so that another candidate is asked in time`;
  return new ChainDeadlineError(message, failureOf(run));
}

/** Why nobody is left: no key, too long a request, or all have failed or cool down. */
export async function nobodyLeftError(
  run: Run,
): Promise<NoKeyError | ContextOverflowError | ChainExhaustedError> {
  const targets = await allTargets(run);
  if (targets.length === 0) {
    const providers = [...new Set(run.slots.map((slot) => slot.candidate.provider))];
    const variables = providers.map(keyVariable).join(", ");
    const message = `no candidate has a key; give one for ${providers.join(", ")}: in keys, or to a key ring that reads the environment (${variables})`;
    return new NoKeyError(message, failureOf(run));
  }
  if (run.failed?.classification.reason === "context_overflow") return overflowError(run);
  const retryAfterMs = await firstFreeAfter(run, targets);
  const when = retryAfterMs === undefined ? "" : `; the first cools down for ${retryAfterMs} ms more`;
  const tried =
    run.failed === undefined ? "every candidate cools down" : `${lastOf(run)}, and nobody else is left`;
  return new ChainExhaustedError(`${tried}${when}; see attempts`, { ...failureOf(run), retryAfterMs });
}

async function allTargets(run: Run): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const slot of run.slots) targets.push(...(await slot.targets()));
  return targets;
}

async function firstFreeAfter(run: Run, targets: readonly Target[]): Promise<number | undefined> {
  const { store, clock } = run.settings;
  let first: number | undefined;
  for (const target of targets) {
    const now = clock.now();
    const admission = await look(store, target.ids, now);
    if (!admission.open) first = Math.min(first ?? Number.POSITIVE_INFINITY, admission.opensAt - now);
  }
  return first;
}

function lastOf({ failed, journal }: Run): string {
  if (failed === undefined) return "nothing was tried";
  const { provider, model } = failed.target.slot.candidate;
  const { reason } = failed.classification;
  const how = reason === "none" ? "failed" : `failed with ${reason}`;
  return `${provider}/${model} ${how} at attempt ${journal.records.length}`;
}

function failureOf({ failed, journal, slots }: Run) {
  const attempts = [...journal.records];
  if (failed === undefined) return { attempts };
  const keys = slots.flatMap((slot) => slot.known().flatMap(({ key }) => (key === undefined ? [] : [key])));
  const { classification, error } = failed;
  return { attempts, classification, cause: createRedaction(keys).error(error) };
}
