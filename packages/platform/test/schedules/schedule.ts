import type { ProtocolName } from "@cloison/testing";
import fc from "fast-check";

/** What one request to a model comes to. */
export type Fault =
  | { readonly kind: "none" }
  | { readonly kind: "status"; readonly status: number; readonly retryAfterS?: number | undefined }
  | { readonly kind: "overflow" }
  | { readonly kind: "cut"; readonly afterChunks: number }
  | { readonly kind: "malformed"; readonly atChunk: number }
  | { readonly kind: "empty" }
  /** No answer; time passes until somebody gives up. */
  | { readonly kind: "hang" };

/** Where the caller of a run gives up, counted in that run from 1. */
export interface Abort {
  readonly at: "request" | "text" | "sleep";
  readonly count: number;
}

/** One message of the user, and what becomes of it. */
export interface RunPlan {
  /** How many tools each answer calls, but for the last one. */
  readonly calls: readonly number[];
  readonly abort?: Abort | undefined;
  /** The host dies when the model has answered so many times: results of its last calls are never stored. */
  readonly diesAfter?: number | undefined;
  /** The host dies in the middle of a write, too. */
  readonly torn?: boolean | undefined;
}

export interface Schedule {
  /** The run's model, then its fallbacks: by which protocol each is called. */
  readonly models: readonly ProtocolName[];
  /** How many keys there are by protocol. */
  readonly keys: Readonly<Record<ProtocolName, number>>;
  readonly maxRetries: number;
  /** One for each request in the order of arrival; none for those that come after. */
  readonly faults: readonly Fault[];
  readonly runs: readonly RunPlan[];
  /** What the random part of a backoff comes to, 0 ≤ number < 1. */
  readonly random: number;
}

const protocol = fc.constantFrom<ProtocolName[]>("openai", "anthropic");

const STATUSES = [429, 429, 500, 503, 529, 401, 402, 404];

const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: "none" as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("status" as const),
      status: fc.constantFrom(...STATUSES),
      retryAfterS: fc.option(fc.nat(40), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "overflow" as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cut" as const), afterChunks: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("malformed" as const), atChunk: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "empty" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "hang" as const }) },
);

const calls = fc.oneof(
  { weight: 3, arbitrary: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 1 }) },
  { weight: 1, arbitrary: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 }) },
);

const abort: fc.Arbitrary<Abort> = fc.record({
  at: fc.constantFrom("request", "text", "sleep"),
  count: fc.integer({ min: 1, max: 4 }),
});

const whole: fc.Arbitrary<RunPlan> = fc.record({ calls });

const interrupted: fc.Arbitrary<RunPlan> = fc.oneof(
  fc.record({ calls }),
  fc.record({ calls, abort }),
  fc.record({ calls, diesAfter: fc.integer({ min: 1, max: 3 }), torn: fc.boolean() }),
);

function schedules(run: fc.Arbitrary<RunPlan>): fc.Arbitrary<Schedule> {
  return fc.record({
    models: fc.array(protocol, { minLength: 1, maxLength: 3 }),
    keys: fc.record({ openai: fc.integer({ min: 1, max: 3 }), anthropic: fc.integer({ min: 1, max: 3 }) }),
    maxRetries: fc.nat(2),
    faults: fc.array(fault, { maxLength: 6 }),
    runs: fc.array(run, { minLength: 1, maxLength: 3 }),
    random: fc.constantFrom(0, 0.5, 0.999),
  });
}

/** Every run goes on until it succeeds or fails by itself. */
export const wholeSchedules = schedules(whole);

/** Runs are aborted, and hosts die, in the middle of things. */
export const interruptedSchedules = schedules(interrupted);
