/** Says what was expected when the value is not that, else undefined. */
export type FieldRule = (value: unknown) => string | undefined;

/** True for a JSON object; false for null, arrays and everything else. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The items of an array; none when the value is no array. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export const anyString: FieldRule = (value) => (typeof value === "string" ? undefined : "a string");

export const nonEmptyString: FieldRule = (value) =>
  typeof value === "string" && value !== "" ? undefined : "a string that is not empty";

export const onlyTrue: FieldRule = (value) => (value === true ? undefined : "true");

export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): FieldRule {
  const expected =
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${least}`
      : `a whole number from ${least} to ${most}`;
  return (value) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most
      ? undefined
      : expected;
}

export function oneOf(names: readonly string[]): FieldRule {
  return (value) =>
    typeof value === "string" && names.includes(value) ? undefined : `one of ${names.join(", ")}`;
}

/**
 * Checks an object that came from outside the types: every key must be known, every value must keep its
 * rule. A key whose value is undefined counts as absent.
 *
 * @returns the first problem in words that name the field, or undefined.
 */
export function fieldProblem(
  value: unknown,
  where: string,
  rules: Readonly<Record<string, FieldRule>>,
): string | undefined {
  if (!isRecord(value)) return `${where} must be an object`;
  for (const [key, field] of Object.entries(value)) {
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (rule === undefined) {
      return `${where} has no field ${JSON.stringify(key)}; known fields: ${Object.keys(rules).join(", ")}`;
    }
    const expected = field === undefined ? undefined : rule(field);
    if (expected !== undefined) return `${where}.${key} must be ${expected}`;
  }
  return undefined;
}
