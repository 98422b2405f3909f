import { InvalidIdError } from "./errors/option-errors.ts";

/**
 * Ids become file names as they are, so the accepted set is one that no file system, shell or log
 * line can read as anything else. They are case-sensitive, as Linux file names are.
 */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * @returns `value`, once it is known to be a user id
 * @throws InvalidIdError
 */
export function parseUserId(value: unknown): string {
  return parseId("userId", value);
}

/**
 * @returns `value`, once it is known to be a session id
 * @throws InvalidIdError
 */
export function parseSessionId(value: unknown): string {
  return parseId("sessionId", value);
}

/** Whether a name found in the state directory is one that this package gave. */
export function isId(name: string): boolean {
  return refusal(name) === undefined;
}

function parseId(kind: "userId" | "sessionId", value: unknown): string {
  if (typeof value !== "string")
    throw new InvalidIdError(kind, `it is ${value === null ? "null" : typeof value}`);
  const reason = refusal(value);
  if (reason !== undefined)
    throw new InvalidIdError(kind, `${JSON.stringify(value.slice(0, 140))} ${reason}`);
  return value;
}

function refusal(id: string): string | undefined {
  if (id === "") return "is empty";
  if (!ID.test(id)) return id.length > 128 ? "is too long" : "holds a character that is not allowed";
  if (id.includes("..")) return 'holds ".."';
  if (id.endsWith(".")) return "ends in a dot";
  // An id may end up as a key of somebody's plain object; these would reach its prototype.
  if (id === "prototype" || id in Object.prototype) return "is the name of a JavaScript built-in";
  return undefined;
}
