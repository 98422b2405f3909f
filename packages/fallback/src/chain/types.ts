import type { Classification, ErrorReason } from "../classify/types.ts";
import type { CooldownStore } from "../cooldown/types.ts";
import type { KeyRecord, KeyRing } from "../keys/types.ts";

/** A model that can be asked. */
export interface Candidate {
  readonly provider: string;
  readonly model: string;
  /** Tells endpoints apart that share a provider's name, such as a base URL. Part of the cooldown's id. */
  readonly endpoint?: string | undefined;
  /** Tokens. After a context overflow only a larger one is tried. Unknown: any is. */
  readonly contextWindow?: number | undefined;
}

/** What a task gets: whom to ask, and until when. */
export interface Attempt {
  readonly provider: string;
  readonly model: string;
  readonly candidate: Candidate;
  /** Undefined where the chain was given no keys at all. */
  readonly key: string | undefined;
  /** How the key may be shown: `…last4`. */
  readonly keyLabel: string | undefined;
  /** Counts from 1 over the whole run. */
  readonly number: number;
  /** Aborts with the caller's signal, at the deadline, and at the attempt's own timeout. */
  readonly signal: AbortSignal;
}

/** How one attempt went. Holds no key. */
export interface AttemptRecord {
  readonly number: number;
  readonly provider: string;
  readonly model: string;
  /** `…last4` */
  readonly key?: string;
  /** Milliseconds since 1970, and how long it took. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: "ok" | ErrorReason;
  /** The rule of the classifier that decided. */
  readonly matched?: string;
  readonly status?: number;
  readonly retryAfterMs?: number;
  /** What went wrong in words, at most 500 characters, with the key taken out: the error's message, or what a
   * server said to `requireOk`. */
  readonly message?: string;
  /** It was let through near the end of a cooldown to see whether the candidate is well again. */
  readonly probe?: boolean;
}

/** Whom an event is about. */
interface About {
  readonly provider: string;
  readonly model: string;
  readonly key?: string;
}

/** Every decision of a chain, in order. */
export type ChainEvent =
  | (About & { readonly type: "attempt"; readonly number: number; readonly probe: boolean })
  | ({ readonly type: "success" } & AttemptRecord)
  | ({ readonly type: "failure"; readonly classification: Classification } & AttemptRecord)
  /** It was not asked, as it cools down until then (milliseconds since 1970). */
  | (About & { readonly type: "skip"; readonly reason: ErrorReason; readonly until: number })
  | (About & {
      readonly type: "cooldown";
      readonly reason: ErrorReason;
      readonly until: number;
      /** Failures in a row. */
      readonly failures: number;
    })
  | (About & { readonly type: "retry"; readonly delayMs: number; readonly reason: ErrorReason })
  | (About & { readonly type: "next_key"; readonly reason: ErrorReason })
  | (About & { readonly type: "next_model"; readonly reason: ErrorReason })
  /** All candidates cool down; the chain waits for the first to be free. */
  | (About & { readonly type: "wait"; readonly delayMs: number })
  | (About & { readonly type: "context_overflow"; readonly answer: OverflowAnswer })
  | { readonly type: "give_up"; readonly code: string; readonly attempts: number };

/** What to do about a request that is too long: `retry` after it was made shorter, or ask a larger model. */
export type OverflowAnswer = "retry" | "larger" | "stop";

/** Time, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after that many milliseconds; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls back after that many milliseconds, unless the returned function is called before. */
  after(ms: number, call: () => void): () => void;
}

export interface FallbackOptions {
  /** In order of preference: `provider/model` (the model's name may hold slashes), or an object. */
  readonly candidates: readonly (string | Candidate)[];
  /** By provider. Without it tasks are called with no key. A provider without keys in it is passed over. */
  readonly keys?: KeyRing | KeyRecord | undefined;
  /** Attempts of one candidate with one key for errors that time heals (1 = no retry). Default 3. */
  readonly attempts?: number | undefined;
  /** Of the whole run, over all candidates. Default 32. */
  readonly maxAttempts?: number | undefined;
  /** Waits are random between 0 and min(maxMs, baseMs · 2^n). Default 500 and 20,000. */
  readonly backoff?:
    | { readonly baseMs?: number | undefined; readonly maxMs?: number | undefined }
    | undefined;
  /** Milliseconds for the whole run, waits included. Default 300,000. */
  readonly deadlineMs?: number | undefined;
  /** Milliseconds for one attempt. Default: none but the deadline. */
  readonly attemptTimeoutMs?: number | undefined;
  /** Reasons of scope `request` for which the next candidate is asked all the same. Default none. */
  readonly jumpOn?: readonly ("content_policy" | "format" | "none")[] | undefined;
  readonly cooldown?: CooldownOptions | undefined;
  /** Default: a new one in memory. */
  readonly store?: CooldownStore | undefined;
  readonly clock?: Clock | undefined;
  /** 0 ≤ number < 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /**
   * Says what an error of a task means. Default: the classification that the error carries in a property
   * `classification`, else what `classifyError` makes of it.
   */
  readonly classify?: Classifier | undefined;
  /** What it throws is ignored. */
  readonly onEvent?: ((event: ChainEvent) => void) | undefined;
}

/** Says what an error of a task means. What it throws ends the run. */
export type Classifier = (error: unknown, candidate: Candidate) => Classification;

export interface CooldownOptions {
  /** How long after the 1st, 2nd, … failure in a row; the last one goes on. Default 1, 5, 25 and 60 min. */
  readonly stepsMs?: readonly number[] | undefined;
  /** The same for `billing` (default 5, 10, 24 h) and `auth_permanent` (default 24 h). */
  readonly billingStepsMs?: readonly number[] | undefined;
  readonly authPermanentStepsMs?: readonly number[] | undefined;
  /** Failures in a row that have no cooldown yet, by reason. Default 0 for all. */
  readonly allowed?: Readonly<Partial<Record<ErrorReason, number | undefined>>> | undefined;
  /** Part of a cooldown of our own guess, at its end, in which one call at a time may look. Default 0.1. */
  readonly probeShare?: number | undefined;
}

/** What is different in one run. */
export interface FallbackRunOptions {
  /** Keeps to one key as long as it works: providers' prompt caches are by key. */
  readonly sessionId?: string | undefined;
  /** Ends the run at once; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs?: number | undefined;
  /** Tokens of the request, for the choice of a larger model. */
  readonly requestTokens?: number | undefined;
  /** Asked when the request is too long. Default: `larger`. */
  readonly onContextOverflow?: ((overflow: Overflow) => OverflowAnswer | Promise<OverflowAnswer>) | undefined;
  readonly onEvent?: ((event: ChainEvent) => void) | undefined;
}

export interface Overflow {
  readonly candidate: Candidate;
  readonly error: unknown;
  /** How often this was asked in this run, from 1; after the 3rd `retry` the chain takes `larger`. */
  readonly count: number;
}

export interface FallbackResult<T> {
  readonly value: T;
  readonly candidate: Candidate;
  /** `…last4` */
  readonly key: string | undefined;
  readonly attempts: readonly AttemptRecord[];
}

export interface Fallback {
  /**
   * Calls the task until it succeeds: what it throws is classified, and decides who is asked next.
   *
   * @throws ChainExhaustedError, ChainDeadlineError, ChainStoppedError, ContextOverflowError, NoKeyError,
   * CooldownStoreError, FallbackOptionsError; the signal's reason when it aborts
   */
  run<T>(task: (attempt: Attempt) => Promise<T>, options?: FallbackRunOptions): Promise<FallbackResult<T>>;
}
