type Fields = Readonly<Record<string, unknown>>;

/** Checks of option values, shared by the parsers; each throws what the caller's `fail` throws. */
export interface Checks {
  /** A thing with members; no array, Map or Set, whose contents are no members and would be passed over. */
  fields(value: unknown, where: string): Fields;
  known(value: object, names: readonly string[], where: string): void;
  number(value: unknown, where: string, range: { min: number; max: number; integer?: boolean }): number;
  text(value: unknown, where: string): string;
  flag(value: unknown, where: string): boolean;
  oneOf<T extends string>(value: unknown, where: string, allowed: readonly T[]): T;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !(Symbol.iterator in value);
}

export function createChecks(fail: (message: string) => never): Checks {
  return {
    fields(value, where) {
      return isFields(value) ? value : fail(`${where} must be an object`);
    },
    known(value, names, where) {
      for (const name of Object.keys(value))
        if (!names.includes(name)) fail(`unknown ${where} "${name}"; known are: ${names.join(", ")}`);
    },
    number(value, where, { min, max, integer = true }) {
      const good =
        typeof value === "number" && value >= min && value <= max && (!integer || Number.isInteger(value));
      return good
        ? value
        : fail(`${where} must be ${integer ? "a whole" : "a"} number from ${min} to ${max}`);
    },
    text(value, where) {
      if (typeof value !== "string") return fail(`${where} must be a string`);
      return value.includes("\0") ? fail(`${where} must not contain a NUL character`) : value;
    },
    flag(value, where) {
      return typeof value === "boolean" ? value : fail(`${where} must be true or false`);
    },
    oneOf(value, where, allowed) {
      const found = allowed.find((each) => each === value);
      return found ?? fail(`${where} must be one of: ${allowed.join(", ")}`);
    },
  };
}
