import { InvalidSessionIdError } from "./errors.ts";

/**
 * Ids become file names as they are, so the accepted set is one that no file system, shell or log
 * line can read as anything else. They are case-sensitive, as Linux file names are.
 */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * @returns `value`, once it is known to be a session id
 * @throws InvalidSessionIdError
 */
export function parseSessionId(value: unknown): string {
  if (typeof value !== "string")
    throw new InvalidSessionIdError(`it is ${value === null ? "null" : typeof value}`);
  const reason = idRefusal(value);
  if (reason !== undefined)
    throw new InvalidSessionIdError(`${JSON.stringify(value.slice(0, 140))} ${reason}`);
  return value;
}

/** Whether a name is one that a session can have. */
export function isSessionId(name: string): boolean {
  return idRefusal(name) === undefined;
}

/** Why a name is none that an id can be, after the name itself: `holds ".."`; undefined for a good one. */
export function idRefusal(id: string): string | undefined {
  if (id === "") return "is empty";
  if (!ID.test(id)) return id.length > 128 ? "is too long" : "holds a character that is not allowed";
  if (id.includes("..")) return 'holds ".."';
  if (id.endsWith(".")) return "ends in a dot";
  // An id may end up as a key of somebody's plain object; these would reach its prototype.
  if (id === "prototype" || id in Object.prototype) return "is the name of a JavaScript built-in";
  return undefined;
}
