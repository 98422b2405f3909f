import { FallbackOptionsError } from "./errors.ts";

/**
 * Reads the options of one function. Types promise nothing at run time, so each option is checked, and a
 * name that is not known is an error. An option whose value is undefined counts as not given.
 */
export interface OptionReader {
  given(name: string): unknown;
  /** @throws FallbackOptionsError unless it is a number from `least` to `most` */
  number(name: string, range: NumberRange): number;
  refuse(name: string, reason: string): FallbackOptionsError;
}

interface NumberRange {
  readonly least: number;
  readonly most: number;
  /** Where the option is not given; without it the option is required. */
  readonly fallback?: number;
  readonly whole?: boolean;
}

/**
 * @param where the function, for messages, such as `createKeyRing`
 * @param known all options that it takes
 * @throws FallbackOptionsError for anything but an object whose names are all known
 */
export function readOptions(where: string, input: unknown, known: readonly string[]): OptionReader {
  if (!isObject(input)) throw new FallbackOptionsError("options", `${where}: options must be an object`);
  const refuse = (name: string, reason: string) => new FallbackOptionsError(name, `${where}: ${reason}`);
  for (const name of Object.keys(input)) {
    if (!known.includes(name)) {
      throw refuse(name, `unknown option "${name}"; known are ${known.join(", ")}`);
    }
  }
  return {
    refuse,
    given: (name) => input[name],
    number: (name, { least, most, fallback, whole = false }) => {
      const given = input[name];
      const value = given === undefined ? fallback : given;
      const fits = whole ? Number.isSafeInteger(value) : Number.isFinite(value);
      if (typeof value === "number" && fits && value >= least && value <= most) return value;
      throw refuse(name, `${name} must be a ${whole ? "whole number" : "number"} from ${least} to ${most}`);
    },
  };
}

/** True for an object that is neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
