import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cooldownIds, placeOf } from "../src/cooldown/ids.ts";
import {
  type Attempt,
  ChainError,
  ChainExhaustedError,
  type CooldownStore,
  createFallback,
  type Fallback,
  type FallbackResult,
  keyLabel,
  memoryCooldownStore,
} from "../src/index.ts";
import { createFakeClock, type FakeClock } from "./support/fake-clock.ts";
import { createJudge, expectRecords, type Judge } from "./support/judge.ts";
import { ProviderError } from "./support/provider-error.ts";
import { type PlannedCall, type PlannedRun, type Schedule, schedules } from "./support/schedule.ts";

const SCHEDULES = 5000;

interface World {
  readonly schedule: Schedule;
  readonly clock: FakeClock;
  readonly judge: Judge;
  readonly chain: Fallback;
  readonly keys: Readonly<Record<string, readonly string[]>> | undefined;
  begun: number;
}

/** How often what was seen, so that nobody thinks that something is tested which never happens. */
const seen = new Map<string, number>();
const note = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);

function createWorld(schedule: Schedule): World {
  const clock = createFakeClock();
  const judge = createJudge(schedule, () => clock.now());
  const counts = Object.entries(schedule.keys ?? {});
  const keys =
    schedule.keys &&
    Object.fromEntries(
      counts.map(([provider, count]) => [
        provider,
        Array.from({ length: count }, (_, index) => `secret-key-of-provider-${provider}00${index}`),
      ]),
    );
  const { candidates, attempts, maxAttempts, deadlineMs, attemptTimeoutMs, jumpOn, randoms } = schedule;
  const { stepsMs, probeShare, allowed } = schedule;
  let random = 0;
  const chain = createFallback({
    ...{ candidates, keys, attempts, maxAttempts, deadlineMs, attemptTimeoutMs, jumpOn, clock },
    cooldown: { stepsMs, probeShare, allowed },
    random: () => randoms[random++ % randoms.length] ?? 0,
    store: fill(memoryCooldownStore(), schedule, { clock, judge, keys }),
  });
  return { schedule, clock, judge, chain, keys, begun: 0 };
}

function fill(
  store: CooldownStore,
  { stored, candidates, slowStore }: Schedule,
  { clock, judge, keys }: Pick<World, "clock" | "judge" | "keys">,
): CooldownStore {
  for (const { candidate, key, wide, reason, failures, leftMs, probeLeftMs } of stored) {
    const found = candidates[candidate];
    if (found === undefined) continue;
    const text = keys?.[found.provider]?.[key];
    const name = text === undefined ? undefined : keyLabel(text);
    const ids = cooldownIds(placeOf(found), found.model, text);
    const until = clock.now() + leftMs;
    const entry = { reason, failures, until, probeFrom: until - Math.min(leftMs, probeLeftMs), failedAt: 0 };
    void store.update(wide ? ids.wide : ids.model, () => entry);
    judge.know(`${found.provider} ${name} ${wide ? "*" : found.model}`, entry);
  }
  return slowStore ? slow(store) : store;
}

function slow(store: CooldownStore): CooldownStore {
  return {
    get: async (id) => {
      await undefined;
      return store.get(id);
    },
    update: async (id, change) => {
      await undefined;
      return store.update(id, change);
    },
  };
}

/** One call, as its schedule says; its errors try to give the key away. */
function call(world: World, run: number, attempt: Attempt): Promise<string> {
  const { judge, schedule, clock } = world;
  judge.callBegins(run, attempt);
  const planned = schedule.calls[world.begun++ % schedule.calls.length];
  if (planned?.throwsAtOnce && planned.error !== undefined) throw errorOf(planned, attempt);
  return new Promise((resolve, reject) => {
    if (planned?.heedsSignal) {
      attempt.signal.addEventListener("abort", () => reject(attempt.signal.reason));
    }
    if (planned?.takesMs === undefined) return;
    clock.after(planned.takesMs, () => {
      if (planned.error === undefined) resolve("answer");
      else reject(errorOf(planned, attempt));
    });
  });
}

function errorOf({ error }: PlannedCall, { key }: Attempt): Error {
  const failed = new ProviderError(error?.reason ?? "none", {
    ...error,
    words: `it failed for ${key} ${"at length ".repeat(60)}`,
  });
  return Object.assign(failed, { headers: { authorization: `Bearer ${key}` } });
}

async function runOnce(world: World, run: number, planned: PlannedRun): Promise<void> {
  const { judge, clock, schedule } = world;
  const { abortMs, deadlineMs, sessionId, requestTokens, overflow } = planned;
  const abort = new AbortController();
  if (abortMs !== undefined) {
    clock.after(abortMs, () => {
      judge.abort(run);
      abort.abort(new TypeError("enough"));
    });
  }
  judge.runBegins(run, clock.now() + (deadlineMs ?? schedule.deadlineMs));
  const options = {
    ...{ deadlineMs, sessionId, requestTokens },
    signal: abort.signal,
    onContextOverflow: ({ count }: { readonly count: number }) => overflow[count - 1] ?? "retry",
    onEvent: judge.event.bind(undefined, run),
  };
  const outcome = await world.chain
    .run((attempt) => call(world, run, attempt), options)
    .catch((error: unknown) => error)
    .finally(() => judge.runEnds(run));
  expectOutcome(world, run, outcome);
}

function expectOutcome(world: World, run: number, outcome: unknown): void {
  const judged = world.judge.runs[run];
  if (judged === undefined) return;
  const { events, calls, aborted } = judged;
  for (const { type } of events) note(type);
  if (events.some((event) => event.type === "attempt" && event.probe)) note("probe");
  if (isResult(outcome)) {
    note("answer");
    expectRecords(judged, outcome.attempts);
  } else if (outcome instanceof ChainError) {
    note(outcome.code);
    expectRecords(judged, outcome.attempts);
    expect(events.at(-1)).toEqual({ type: "give_up", code: outcome.code, attempts: calls.length });
  } else {
    note("abort");
    expect(aborted, `ended by ${inspect(outcome)}`).toBe(true);
    expect(outcome).toBeInstanceOf(TypeError);
    expect(events.filter(({ type }) => type === "failure" || type === "success")).toHaveLength(calls.length);
  }
  const told = outcome instanceof Error ? inspect(outcome, { depth: 6 }) : JSON.stringify(outcome);
  expect(`${told}${JSON.stringify(events)}`.includes("secret-key"), "a key is told").toBe(false);
  if (outcome instanceof ChainExhaustedError && calls.length < world.schedule.maxAttempts) {
    expectNobodyForgotten(world, run);
  }
}

function isResult(outcome: unknown): outcome is FallbackResult<string> {
  return typeof outcome === "object" && outcome !== null && "value" in outcome;
}

/** A chain that gave up has asked each candidate, or it was cold, or out of the question after an error. */
function expectNobodyForgotten({ schedule, keys, judge }: World, run: number): void {
  const events = judge.runs[run]?.events ?? [];
  const asked = new Set(
    events.filter((event) => event.type === "attempt").map((event) => `${event.provider}/${event.model}`),
  );
  const ruledOut = new Set(
    events.flatMap((event) =>
      event.type === "failure" && event.classification.scope === "provider" ? [event.provider] : [],
    ),
  );
  if (events.some(({ type }) => type === "context_overflow")) return;
  for (const { provider, model } of schedule.candidates) {
    const labels = keys === undefined ? [undefined] : (keys[provider] ?? []).map(keyLabel);
    const isForgotten = labels.some((label) => !judge.isCold(provider, label, model));
    const name = `${provider}/${model}`;
    expect(isForgotten && !asked.has(name) && !ruledOut.has(provider), `${name} was forgotten`).toBe(false);
  }
}

async function play(schedule: Schedule): Promise<void> {
  const world = createWorld(schedule);
  const runs = schedule.runs.toSorted((a, b) => a.startMs - b.startMs);
  const begin = (planned: PlannedRun, run: number) =>
    new Promise<void>((resolve, reject) => {
      world.clock.after(planned.startMs, () => {
        runOnce(world, run, planned).then(resolve, reject);
      });
    });
  await world.clock.runUntil(Promise.all(runs.map(begin)));
  for (const problem of world.judge.problems) throw problem;
  expect(schedule.runs).toHaveLength(world.judge.runs.length);
}

describe("a chain", () => {
  it(`keeps its rules in ${SCHEDULES} random schedules`, async () => {
    await fc.assert(fc.asyncProperty(schedules, play), { numRuns: SCHEDULES });
    const all = [
      "answer",
      "probe",
      "abort",
      "skip",
      "cooldown",
      "retry",
      "next_key",
      "next_model",
      "wait",
      "context_overflow",
    ];
    const codes = ["NO_KEY", "EXHAUSTED", "DEADLINE", "STOPPED", "CONTEXT_OVERFLOW"];
    for (const what of [...all, ...codes.map((code) => `FALLBACK_${code}`)]) {
      expect(seen.get(what) ?? 0, `how often ${what} was seen`).toBeGreaterThan(SCHEDULES / 250);
    }
  }, 180_000);
});
