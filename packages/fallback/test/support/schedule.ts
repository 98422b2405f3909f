import fc from "fast-check";
import type { ErrorReason, ErrorScope, OverflowAnswer } from "../../src/index.ts";

/** All that happens to one chain, at random. Times are milliseconds. */
export interface Schedule {
  readonly candidates: readonly PlannedCandidate[];
  /** How many keys each provider has; undefined: tasks are called without keys. */
  readonly keys: Readonly<Record<string, number>> | undefined;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly deadlineMs: number;
  readonly attemptTimeoutMs: number | undefined;
  readonly jumpOn: readonly ("content_policy" | "format" | "none")[];
  readonly stepsMs: readonly number[];
  readonly probeShare: number;
  readonly allowed: Readonly<Partial<Record<ErrorReason, number>>>;
  readonly stored: readonly StoredCooldown[];
  /** The store answers later, as a file does. */
  readonly slowStore: boolean;
  readonly runs: readonly PlannedRun[];
  /** What becomes of the calls, in the order in which they are begun, over and over. */
  readonly calls: readonly PlannedCall[];
  /** Jitter, over and over. */
  readonly randoms: readonly number[];
}

interface PlannedCandidate {
  readonly provider: string;
  readonly model: string;
  readonly contextWindow?: number;
}

/** What the store holds before the first run, for a candidate and a key by their numbers. */
export interface StoredCooldown {
  readonly candidate: number;
  readonly key: number;
  readonly wide: boolean;
  readonly reason: ErrorReason;
  readonly failures: number;
  readonly leftMs: number;
  readonly probeLeftMs: number;
}

export interface PlannedRun {
  readonly startMs: number;
  readonly abortMs: number | undefined;
  readonly deadlineMs: number | undefined;
  readonly sessionId: string | undefined;
  readonly requestTokens: number | undefined;
  readonly overflow: readonly OverflowAnswer[];
}

export interface PlannedCall {
  /** Undefined: it never ends by itself. */
  readonly takesMs: number | undefined;
  /** Undefined: it succeeds. */
  readonly error: PlannedError | undefined;
  readonly heedsSignal: boolean;
  /** It throws instead of rejecting. */
  readonly throwsAtOnce: boolean;
}

export interface PlannedError {
  readonly reason: ErrorReason;
  readonly scope: ErrorScope;
  readonly retryAfterMs?: number;
}

const MINUTE = 60_000;

const COOLING = [
  "rate_limit",
  "billing",
  "auth",
  "auth_permanent",
  "overloaded",
  "timeout",
  "model_not_found",
] as const;

const OF_REQUEST = ["context_overflow", "content_policy", "format", "none"] as const;

const maybe = <T>(value: fc.Arbitrary<T>, freq = 2) => fc.option(value, { nil: undefined, freq });

const coolingError: fc.Arbitrary<PlannedError> = fc
  .record({
    reason: fc.constantFrom(...COOLING),
    scope: fc.constantFrom<ErrorScope[]>("key", "key", "model", "model", "provider"),
    retryAfterMs: maybe(fc.constantFrom(0, 1, 1500, 20_000, 30_000, 4 * MINUTE, 48 * 60 * MINUTE)),
  })
  .map(({ retryAfterMs, ...rest }) => (retryAfterMs === undefined ? rest : { ...rest, retryAfterMs }));

const requestError: fc.Arbitrary<PlannedError> = fc.record({
  reason: fc.constantFrom(...OF_REQUEST),
  scope: fc.constant<ErrorScope>("request"),
});

const call: fc.Arbitrary<PlannedCall> = fc.record({
  takesMs: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(0, 0, 1, 40, 900, 7000) },
    { weight: 1, arbitrary: fc.constant(2 * MINUTE) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  ),
  error: fc.oneof(
    { weight: 6, arbitrary: coolingError },
    { weight: 2, arbitrary: requestError },
    { weight: 2, arbitrary: fc.constant(undefined) },
  ),
  heedsSignal: fc.boolean(),
  throwsAtOnce: fc.boolean(),
});

const run: fc.Arbitrary<PlannedRun> = fc.record({
  startMs: fc.constantFrom(0, 0, 1, 500, 54_000, 59_000, MINUTE, 5 * MINUTE),
  abortMs: maybe(fc.constantFrom(0, 1, 250, 30_000), 4),
  deadlineMs: maybe(fc.constantFrom(1, 600, 70_000, 20 * MINUTE)),
  sessionId: maybe(fc.constantFrom("s", "t")),
  requestTokens: maybe(fc.constantFrom(10, 150)),
  overflow: fc.array(fc.constantFrom<OverflowAnswer[]>("retry", "larger", "stop"), { maxLength: 4 }),
});

const candidates = fc.uniqueArray(
  fc
    .record({
      provider: fc.constantFrom("p", "q", "r"),
      model: fc.constantFrom("m1", "m2", "m3"),
      contextWindow: maybe(fc.constantFrom(100, 200)),
    })
    .map(({ contextWindow, ...rest }) => (contextWindow === undefined ? rest : { ...rest, contextWindow })),
  { minLength: 1, maxLength: 4, selector: ({ provider, model }) => `${provider}/${model}` },
);

const stored: fc.Arbitrary<StoredCooldown> = fc.record({
  candidate: fc.nat(3),
  key: fc.nat(2),
  wide: fc.boolean(),
  reason: fc.constantFrom(...COOLING),
  failures: fc.integer({ min: 1, max: 5 }),
  leftMs: fc.constantFrom(0, 1, 5000, MINUTE, 10 * MINUTE),
  probeLeftMs: fc.constantFrom(0, 1, 5000, MINUTE),
});

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  candidates,
  keys: maybe(fc.record({ p: fc.nat(3), q: fc.nat(2), r: fc.nat(1) }), 6),
  attempts: fc.integer({ min: 1, max: 4 }),
  maxAttempts: fc.constantFrom(1, 2, 5, 32),
  deadlineMs: fc.constantFrom(50, 3000, 5 * MINUTE, 30 * MINUTE),
  attemptTimeoutMs: maybe(fc.constantFrom(30, 5000)),
  jumpOn: fc.subarray(["content_policy", "format", "none"] as const),
  stepsMs: fc.constantFrom([MINUTE, 5 * MINUTE, 25 * MINUTE, 60 * MINUTE], [100, 10_000], [1]),
  probeShare: fc.constantFrom(0, 0.1, 0.1, 0.5, 1),
  allowed: fc.constantFrom({}, {}, { rate_limit: 1 }, { timeout: 2, auth: 1 }),
  stored: fc.array(stored, { maxLength: 4 }),
  slowStore: fc.constantFrom(false, false, false, true),
  runs: fc.array(run, { minLength: 1, maxLength: 4 }),
  calls: fc.array(call, { minLength: 1, maxLength: 8 }),
  randoms: fc.array(fc.constantFrom(0, 0.1, 0.5, 0.999), { minLength: 1, maxLength: 4 }),
});
