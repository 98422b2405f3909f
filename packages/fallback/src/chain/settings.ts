import type { ErrorReason } from "../classify/types.ts";
import { memoryCooldownStore } from "../cooldown/memory-store.ts";
import { readCooldownRules } from "../cooldown/read-rules.ts";
import type { CooldownRules } from "../cooldown/rules.ts";
import type { CooldownStore } from "../cooldown/types.ts";
import { createKeyRing } from "../keys/key-ring.ts";
import type { KeyRing } from "../keys/types.ts";
import { isObject, type OptionReader, readOptions } from "../read-options.ts";
import type { Backoff } from "./backoff.ts";
import { readCandidates } from "./candidates.ts";
import { systemClock } from "./system-clock.ts";
import type { Candidate, Classifier, Clock, FallbackOptions } from "./types.ts";

/** The options of a chain, checked, with defaults filled in. */
export interface ChainSettings {
  readonly candidates: readonly Candidate[];
  readonly keys: KeyRing | undefined;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly deadlineMs: number;
  readonly attemptTimeoutMs: number | undefined;
  readonly jumpOn: ReadonlySet<ErrorReason>;
  readonly cooldown: CooldownRules;
  readonly store: CooldownStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly classify: Classifier;
  readonly onEvent: FallbackOptions["onEvent"];
}

const KNOWN = [
  "candidates",
  "keys",
  "attempts",
  "maxAttempts",
  "backoff",
  "deadlineMs",
  "attemptTimeoutMs",
  "jumpOn",
  "cooldown",
  "store",
  "clock",
  "random",
  "classify",
  "onEvent",
] satisfies (keyof FallbackOptions)[];

/** Timers of Node take no more (2^31 − 1 ms, 24.8 days). */
export const MAX_TIMER_MS = 2_147_483_647;

const MAX_COUNT = 10_000;

const JUMPABLE: readonly unknown[] = ["content_policy", "format", "none"];

/** @throws FallbackOptionsError */
export function readSettings(options: FallbackOptions, classifyByRules: Classifier): ChainSettings {
  const reader = readOptions("createFallback", options, KNOWN);
  const { store, clock, random, classify, onEvent } = options;
  checkMethods(reader, "store", ["get", "update"]);
  checkMethods(reader, "clock", ["now", "sleep", "after"]);
  for (const name of ["random", "classify", "onEvent"]) checkFunction(reader, name);
  const count = (name: string, fallback: number) =>
    reader.number(name, { least: 1, most: MAX_COUNT, whole: true, fallback });
  const attemptTimeoutMs = reader.number("attemptTimeoutMs", { least: 1, most: MAX_TIMER_MS, fallback: 1 });
  return {
    candidates: readCandidates(reader),
    keys: readKeys(reader, options),
    attempts: count("attempts", 3),
    maxAttempts: count("maxAttempts", 32),
    backoff: readBackoff(options.backoff),
    deadlineMs: reader.number("deadlineMs", { least: 1, most: MAX_TIMER_MS, fallback: 300_000 }),
    attemptTimeoutMs: options.attemptTimeoutMs === undefined ? undefined : attemptTimeoutMs,
    jumpOn: readJumpOn(reader, options),
    cooldown: readCooldownRules(options.cooldown),
    store: store ?? memoryCooldownStore(),
    clock: clock ?? systemClock,
    random: random ?? Math.random,
    classify: classify ?? classifyByRules,
    onEvent,
  };
}

function checkFunction(reader: OptionReader, name: string): void {
  const given = reader.given(name);
  if (given !== undefined && typeof given !== "function") {
    throw reader.refuse(name, `${name} must be a function`);
  }
}

function checkMethods(reader: OptionReader, name: string, methods: readonly string[]): void {
  const given = reader.given(name);
  if (given === undefined) return;
  if (isObject(given) && methods.every((method) => typeof given[method] === "function")) return;
  throw reader.refuse(name, `${name} must be an object with the functions ${methods.join(", ")}`);
}

function readKeys(reader: OptionReader, { keys }: FallbackOptions): KeyRing | undefined {
  if (keys === undefined) return undefined;
  if (!isObject(keys)) throw reader.refuse("keys", "keys must be a key ring, or an object by provider");
  return isKeyRing(keys) ? keys : createKeyRing({ keys });
}

function isKeyRing(keys: NonNullable<FallbackOptions["keys"]>): keys is KeyRing {
  return typeof keys.order === "function" && "used" in keys && typeof keys.used === "function";
}

function readBackoff(given: FallbackOptions["backoff"] = {}): Backoff {
  const reader = readOptions("createFallback: backoff", given, ["baseMs", "maxMs"]);
  const range = { least: 0, most: MAX_TIMER_MS };
  return {
    baseMs: reader.number("baseMs", { ...range, fallback: 500 }),
    maxMs: reader.number("maxMs", { ...range, fallback: 20_000 }),
  };
}

function readJumpOn(reader: OptionReader, { jumpOn = [] }: FallbackOptions): ReadonlySet<ErrorReason> {
  if (Array.isArray(jumpOn) && jumpOn.every((reason) => JUMPABLE.includes(reason))) return new Set(jumpOn);
  throw reader.refuse("jumpOn", `jumpOn must be a list of ${JUMPABLE.join(", ")}`);
}
