import type { CooldownOptions } from "../chain/types.ts";
import type { ErrorReason } from "../classify/types.ts";
import { isObject, type OptionReader, readOptions } from "../read-options.ts";
import type { CooldownRules } from "./rules.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** No cooldown of ours lasts longer than a year. */
const MAX_STEP_MS = 365 * 24 * HOUR;
const MAX_ALLOWED = 1_000_000;

const KNOWN = [
  "stepsMs",
  "billingStepsMs",
  "authPermanentStepsMs",
  "allowed",
  "probeShare",
] satisfies (keyof CooldownOptions)[];

/** The reasons that ever have a cooldown. */
const COOLING: readonly string[] = [
  "rate_limit",
  "billing",
  "auth",
  "auth_permanent",
  "overloaded",
  "timeout",
  "model_not_found",
] satisfies ErrorReason[];

/** @throws FallbackOptionsError */
export function readCooldownRules(options: CooldownOptions = {}): CooldownRules {
  const reader = readOptions("createFallback: cooldown", options, KNOWN);
  return {
    stepsMs: readSteps(reader, "stepsMs", [MINUTE, 5 * MINUTE, 25 * MINUTE, HOUR]),
    billingStepsMs: readSteps(reader, "billingStepsMs", [5 * HOUR, 10 * HOUR, 24 * HOUR]),
    authPermanentStepsMs: readSteps(reader, "authPermanentStepsMs", [24 * HOUR]),
    allowed: readAllowed(reader, options),
    probeShare: reader.number("probeShare", { least: 0, most: 1, fallback: 0.1 }),
  };
}

function readSteps(reader: OptionReader, name: string, fallback: readonly number[]): readonly number[] {
  const given = reader.given(name) ?? fallback;
  const fits = (step: unknown) =>
    typeof step === "number" && Number.isFinite(step) && step >= 0 && step <= MAX_STEP_MS;
  if (!Array.isArray(given) || given.length === 0 || !given.every(fits)) {
    throw reader.refuse(name, `${name} must be a list of milliseconds, 0 to ${MAX_STEP_MS}, not empty`);
  }
  return given.map((step) => Math.round(step));
}

function readAllowed(reader: OptionReader, { allowed = {} }: CooldownOptions): CooldownRules["allowed"] {
  if (!isObject(allowed)) throw reader.refuse("allowed", "allowed must be an object of counts by reason");
  for (const [reason, count] of Object.entries(allowed)) {
    if (!COOLING.includes(reason)) {
      throw reader.refuse("allowed", `allowed: "${reason}" has no cooldown; give ${COOLING.join(", ")}`);
    }
    const fits = count === undefined || (Number.isSafeInteger(count) && count >= 0 && count <= MAX_ALLOWED);
    if (!fits) throw reader.refuse("allowed", `allowed.${reason} must be a whole number from 0`);
  }
  return { ...allowed };
}
