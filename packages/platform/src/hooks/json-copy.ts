import type { JsonObject, JsonValue } from "@cloison/sessions";

/** Levels of nesting. Deeper input is no tool's, and would exhaust the stack of whoever walks through it. */
const MOST_LEVELS = 64;

/** Stands for a value that is no JSON. */
const none = Symbol("none");

/**
 * A copy that shares nothing with the value. Whoever merges it into an object of his own does not change the
 * prototype of all objects by that: keys by which it could be reached are refused.
 *
 * @returns undefined when it is no plain JSON, nested too deeply, or has the key `__proto__`, or a
 * `constructor` with a `prototype`, at any level; a property whose value is undefined is left out
 */
export function copyJson(value: object): JsonObject | undefined {
  return copyObject(value, MOST_LEVELS);
}

function copyValue(value: unknown, levels: number): JsonValue | typeof none {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : none;
  if (typeof value !== "object" || levels === 0) return none;
  if (!Array.isArray(value)) return copyObject(value, levels) ?? none;
  const items: JsonValue[] = [];
  for (const item of value) {
    const copy = copyValue(item, levels - 1);
    if (copy === none) return none;
    items.push(copy);
  }
  return items;
}

function copyObject(value: object, levels: number): JsonObject | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const object: JsonObject = {};
  for (const [key, property] of Object.entries(value)) {
    if (namesPrototype(key, property)) return undefined;
    if (property === undefined) continue;
    const copy = copyValue(property, levels - 1);
    if (copy === none) return undefined;
    object[key] = copy;
  }
  return object;
}

function namesPrototype(key: string, value: unknown): boolean {
  if (key === "__proto__") return true;
  return (
    key === "constructor" && typeof value === "object" && value !== null && Object.hasOwn(value, "prototype")
  );
}
