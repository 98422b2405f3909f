import { expect } from "vitest";
import type { Attempt, AttemptRecord, ChainEvent, Cooldown } from "../../src/index.ts";
import type { PlannedError, Schedule } from "./schedule.ts";

/**
 * Judges a chain from outside, by what it is told and whom it calls: it knows the rules and keeps its own
 * books of cooldowns, and asks the store nothing.
 */
export interface Judge {
  runBegins(run: number, deadlineAt: number): void;
  abort(run: number): void;
  event(run: number, event: ChainEvent): void;
  callBegins(run: number, attempt: Attempt): void;
  runEnds(run: number): void;
  /** Cooldowns that are there before anything happens, under `place key model` or `place key *`. */
  know(entry: string, cooldown: Pick<Cooldown, "until" | "probeFrom">): void;
  /** Whether a key of a model may be asked now. */
  isCold(provider: string, key: string | undefined, model: string): boolean;
  readonly runs: readonly JudgedRun[];
  /** Broken rules. They are gathered, as the chain ignores what its listeners throw, and tries on after a task's error. */
  readonly problems: readonly unknown[];
}

export interface JudgedRun {
  readonly deadlineAt: number;
  readonly events: ChainEvent[];
  readonly calls: Attempt[];
  open: (About & { readonly at: number; readonly probe: boolean }) | undefined;
  over: boolean;
  aborted: boolean;
}

interface About {
  readonly provider: string;
  readonly model: string;
  readonly key?: string;
}

interface Entry {
  readonly probeFrom: number;
  readonly until: number;
}

const PROBE_MS = 60_000;
const DAY = 86_400_000;

export function createJudge(schedule: Schedule, now: () => number): Judge {
  const entries = new Map<string, Entry>();
  const runs: JudgedRun[] = [];
  const entriesOf = ({ provider, model, key }: About) => [
    `${provider} ${key} ${model}`,
    `${provider} ${key} *`,
  ];
  const problems: unknown[] = [];
  const gather = (judge: () => void) => {
    try {
      judge();
    } catch (problem) {
      problems.push(problem);
    }
  };
  const runOf = (run: number) => {
    const found = runs[run];
    if (found === undefined) throw new TypeError("this run has not begun");
    return found;
  };

  // Between the look at a slow store and the call another run may come: what it learns then is learnt too late.
  const isStrict = !schedule.slowStore || schedule.runs.length === 1;
  const begin = (judged: JudgedRun, about: About, probe: boolean) => {
    judged.open = { ...about, at: now(), probe };
    if (!isStrict) return;
    let looks = 0;
    for (const name of entriesOf(about)) {
      const entry = entries.get(name);
      if (entry === undefined || now() >= entry.until) continue;
      expect(now(), `a call of ${name} before its cooldown lets one look`).toBeGreaterThanOrEqual(
        entry.probeFrom,
      );
      looks += 1;
      const others = runs.filter(
        ({ open }) =>
          open !== judged.open &&
          open?.probe &&
          open.at > now() - PROBE_MS &&
          open.at < entry.until &&
          entriesOf(open).includes(name) &&
          open.at >= entry.probeFrom,
      );
      expect(others, `two looks at ${name} at once`).toEqual([]);
    }
    expect(probe, "a call is told to be a look when it is one").toBe(looks > 0);
  };

  const coolDown = (judged: JudgedRun, event: Extract<ChainEvent, { type: "cooldown" }>) => {
    const failure = judged.events.findLast(({ type }) => type === "failure");
    expect(failure).toMatchObject({ provider: event.provider, model: event.model });
    if (failure?.type !== "failure") return;
    const { reason, scope } = failure.classification;
    const name = entriesOf(event)[isWide({ reason, scope }) ? 1 : 0] ?? "";
    const expected = expectedEntry(schedule, failure.classification, event.failures);
    const fresh = { until: now() + expected.ms, probeFrom: now() + expected.ms - expected.lookMs };
    const before = entries.get(name);
    // Somebody else has counted the same failure, and knows of a longer time.
    const kept = before !== undefined && before.until > fresh.until && before.until === event.until;
    if (!kept) expect(event.until, `the end of the cooldown of ${name}`).toBe(fresh.until);
    entries.set(name, kept ? before : fresh);
  };

  const clear = (judged: JudgedRun) => {
    const { open } = judged;
    if (open === undefined) return;
    for (const name of entriesOf(open)) {
      const entry = entries.get(name);
      if (entry !== undefined && entry.probeFrom <= open.at) entries.delete(name);
    }
  };

  const seeEvent = (judged: JudgedRun, event: ChainEvent) => {
    judged.events.push(event);
    expect(judged.over, `an event after the end: ${event.type}`).toBe(false);
    if (event.type === "attempt") begin(judged, event, event.probe);
    if (event.type === "cooldown") coolDown(judged, event);
    if (event.type === "success") clear(judged);
    if (event.type === "success" || event.type === "failure") judged.open = undefined;
  };
  const seeCall = (judged: JudgedRun, attempt: Attempt) => {
    judged.calls.push(attempt);
    expect(judged.over || judged.aborted, "a call after the end").toBe(false);
    expect(now(), "a call after the deadline").toBeLessThan(judged.deadlineAt);
    expect(judged.events.at(-1)).toMatchObject({ type: "attempt", number: attempt.number });
    expect(judged.calls.length, "more attempts than allowed").toBeLessThanOrEqual(schedule.maxAttempts);
  };

  return {
    runs,
    problems,
    know: (name, { until, probeFrom }) => void entries.set(name, { until, probeFrom }),
    isCold: (provider, key, model) =>
      entriesOf({ provider, model, ...(key === undefined ? {} : { key }) }).some(
        (name) => (entries.get(name)?.until ?? 0) > now(),
      ),
    runBegins: (_, deadlineAt) =>
      void runs.push({ deadlineAt, events: [], calls: [], open: undefined, over: false, aborted: false }),
    abort: (run) => {
      runOf(run).aborted = true;
    },
    runEnds: (run) => {
      const judged = runOf(run);
      judged.over = true;
      judged.open = undefined;
      gather(() => expect(now(), "the end of a run").toBeLessThanOrEqual(judged.deadlineAt));
    },
    event: (run, event) => gather(() => seeEvent(runOf(run), event)),
    callBegins: (run, attempt) => gather(() => seeCall(runOf(run), attempt)),
  };
}

/** Every attempt is told and recorded once, in order. */
export function expectRecords({ calls, events }: JudgedRun, records: readonly AttemptRecord[]): void {
  const numbers = calls.map((_, index) => index + 1);
  expect(calls.map(({ number }) => number)).toEqual(numbers);
  expect(records.map(({ number }) => number)).toEqual(numbers);
  const ends = events.filter(({ type }) => type === "success" || type === "failure");
  expect(ends).toMatchObject(records);
  expect(ends).toHaveLength(records.length);
}

function isWide({ reason, scope }: Pick<PlannedError, "reason" | "scope">): boolean {
  if (scope === "provider") return true;
  return scope !== "model" && ["auth", "auth_permanent", "billing"].includes(reason);
}

function expectedEntry(
  { stepsMs, probeShare, allowed }: Schedule,
  { reason, retryAfterMs }: { readonly reason: PlannedError["reason"]; readonly retryAfterMs?: number },
  failures: number,
): { readonly ms: number; readonly lookMs: number } {
  if (retryAfterMs) return { ms: Math.min(retryAfterMs, DAY), lookMs: 0 };
  const hour = 3_600_000;
  const steps = { billing: [5 * hour, 10 * hour, DAY], auth_permanent: [DAY] }[String(reason)] ?? stepsMs;
  const step =
    steps[Math.min(Math.max(1, failures - (allowed[reason] ?? 0)), steps.length) - 1] ?? Number.NaN;
  return { ms: step, lookMs: Math.floor(step * probeShare) };
}
