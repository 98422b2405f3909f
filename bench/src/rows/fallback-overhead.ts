import { createFallback, type Fallback, type FallbackOptions } from "@cloison/fallback";
import { ConstantBackoff, handleAll, retry } from "cockatiel";
import pRetry from "p-retry";
import { type Action, type Benchmark, type Row, timeInTurn, toRow } from "../row.ts";

const batches = 300;
const callsInABatch = 200;
/** Microseconds of a call, as the fallback's first slice must hold it. */
const budget = 50;
const failures = 3;

const busy = {
  reason: "overloaded",
  retryable: true,
  scope: "model",
  confidence: 1,
  matched: "bench",
} as const;

/**
 * What a chain adds to a call that succeeds at once, and what a call costs that fails three times before it
 * succeeds, with no wait between, against two libraries that only retry: without the search for what the errors mean,
 * as theirs, and with it.
 */
export const fallbackOverhead: Benchmark = async () => [await overhead(), ...(await retries())];

async function overhead(): Promise<Row> {
  const fallback = openFallback();
  const bare = async () => "answer";
  const times = await timeInTurn(batches, {
    bare: inABatch(bare),
    chain: inABatch(() => fallback.run(bare, { sessionId: "session" })),
  });
  const { bare: without = [], chain = [] } = times;
  const values = chain.map((ms, index) => perCall(ms - (without[index] ?? 0)));
  return toRow({ name: "fallback.overhead", unit: "µs", values, budget });
}

async function retries(): Promise<Row[]> {
  const told = openFallback({ classify: () => busy });
  const classifying = openFallback();
  const policy = retry(handleAll, { maxAttempts: failures, backoff: new ConstantBackoff(0) });
  const restore = makeShortTimersFireAtOnce();
  try {
    const times = await timeInTurn(batches, {
      told: inABatch(() => told.run(createFailingTask())),
      classifying: inABatch(() => classifying.run(createFailingTask())),
      pRetry: inABatch(() => pRetry(createFailingTask(), { retries: failures, minTimeout: 0 })),
      cockatiel: inABatch(() => policy.execute(createFailingTask())),
    });
    const of = (name: string) => (times[name] ?? []).map(perCall);
    const peers = { "p-retry": of("pRetry"), cockatiel: of("cockatiel") };
    const name = `fallback.retry-${failures}`;
    return [
      toRow({ name, unit: "µs", values: of("told"), peers }),
      toRow({ name: `${name}-classified`, unit: "µs", values: of("classifying"), peers }),
    ];
  } finally {
    restore();
  }
}

/** One candidate with one key, which is asked again at once after a failure. */
function openFallback(options: Partial<FallbackOptions> = {}): Fallback {
  return createFallback({
    ...options,
    candidates: ["openai/any"],
    keys: { openai: "key-of-the-bench" },
    attempts: failures + 1,
    backoff: { baseMs: 0, maxMs: 0 },
  });
}

/** Fails as a busy provider does, then succeeds. */
function createFailingTask(): () => Promise<string> {
  let left = failures;
  return async () => {
    left -= 1;
    if (left >= 0) throw Object.assign(new Error("Overloaded"), { status: 529 });
    return "answer";
  };
}

function inABatch(call: () => Promise<unknown>): Action {
  return async () => {
    for (let count = 0; count < callsInABatch; count++) await call();
  };
}

function perCall(ms: number): number {
  return (ms * 1000) / callsInABatch;
}

/**
 * Node's shortest timer takes a millisecond, which would hide all else: p-retry waits for none where the
 * delay is zero, cockatiel does. So for all three a timer of zero fires at once.
 *
 * @returns what undoes it
 */
function makeShortTimersFireAtOnce(): () => void {
  const real = globalThis.setTimeout;
  const instant = (call: () => void, ms?: number) => {
    if ((ms ?? 0) > 0) return real(call, ms);
    queueMicrotask(call);
    return undefined;
  };
  Object.assign(globalThis, { setTimeout: instant });
  return () => void Object.assign(globalThis, { setTimeout: real });
}
