/** Checks of option values, shared by the parsers; each throws what the caller's `fail` throws. */
export interface Checks {
  known(value: object, names: readonly string[], where: string): void;
  number(value: unknown, where: string, range: { min: number; max: number; integer?: boolean }): number;
  text(value: unknown, where: string): string;
  flag(value: unknown, where: string): boolean;
  oneOf<T extends string>(value: unknown, where: string, allowed: readonly T[]): T;
}

export function createChecks(fail: (message: string) => never): Checks {
  return {
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
