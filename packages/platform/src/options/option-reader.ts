import { InvalidOptionError } from "../errors/option-errors.ts";

/**
 * Reads the options of one function. Types promise nothing at run time, so each option is checked, and
 * a name that is not known is an error: a misspelt limit must not be a limit that is not there. An
 * option whose value is undefined counts as not given.
 */
export interface OptionReader {
  /** @throws InvalidOptionError */
  text(name: string): string;
  optionalText(name: string): string | undefined;
  /** A text that may be empty. @throws InvalidOptionError when it is missing */
  string(name: string): string;
  optionalFlag(name: string): boolean | undefined;
  /** A number that is finite. */
  optionalNumber(name: string): number | undefined;
  optionalObject(name: string): Record<string, unknown> | undefined;
  optionalList(name: string): readonly unknown[] | undefined;
  /** A whole number within the range. */
  optionalWhole(name: string, range: { readonly least: number; readonly most: number }): number | undefined;
  has(name: string): boolean;
  /** @param reason goes on after the option's name: `must be a list`, or `: "x" is not a list` */
  refuse(name: string, reason: string): InvalidOptionError;
}

/** How an option is named that has options of its own. */
const OPTION = "the option ";

/**
 * @param where the function, for messages, such as `createPlatform`; or `the option budget.day`
 * @param known all options that it takes
 * @throws InvalidOptionError for anything but an object whose names are all known
 */
export function readOptions(where: string, input: unknown, known: readonly string[]): OptionReader {
  if (!isObject(input)) {
    const what = where.startsWith(OPTION) ? where : `${where}: options`;
    throw new InvalidOptionError("options", `${what} must be an object`);
  }
  for (const name of Object.keys(input)) {
    if (!known.includes(name)) {
      throw new InvalidOptionError(name, `${where}: unknown option "${name}"; known are ${known.join(", ")}`);
    }
  }
  const refuse = (name: string, reason: string) =>
    new InvalidOptionError(name, `${where}: ${name}${reason.startsWith(":") ? "" : " "}${reason}`);
  const reader: OptionReader = {
    refuse,
    has: (name) => input[name] !== undefined,
    text: (name) => {
      const value = reader.optionalText(name);
      if (value === undefined) throw refuse(name, "is missing; give a text that is not empty");
      return value;
    },
    optionalText: (name) => {
      const value = input[name];
      if (value === undefined) return undefined;
      if (typeof value !== "string" || value.trim() === "")
        throw refuse(name, "must be a text that is not empty");
      return value;
    },
    string: (name) => {
      const value = input[name];
      if (typeof value !== "string") throw refuse(name, "must be a text");
      return value;
    },
    optionalFlag: (name) => {
      const value = input[name];
      if (value === undefined) return undefined;
      if (typeof value !== "boolean") throw refuse(name, "must be true or false");
      return value;
    },
    optionalNumber: (name) => {
      const value = input[name];
      if (value === undefined) return undefined;
      if (typeof value !== "number" || !Number.isFinite(value)) throw refuse(name, "must be a number");
      return value;
    },
    optionalObject: (name) => {
      const value = input[name];
      if (value === undefined) return undefined;
      if (!isObject(value)) throw refuse(name, "must be an object");
      return value;
    },
    optionalList: (name) => {
      const value = input[name];
      if (value === undefined) return undefined;
      if (!Array.isArray(value)) throw refuse(name, "must be a list");
      return value;
    },
    optionalWhole: (name, { least, most }) => {
      const value = input[name];
      if (value === undefined) return undefined;
      if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most)
        throw refuse(name, `must be a whole number from ${least} to ${most}`);
      return value;
    },
  };
  return reader;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
