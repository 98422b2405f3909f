import { idRefusal } from "@cloison/sessions";
import { InvalidIdError } from "./errors/option-errors.ts";

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
  return idRefusal(name) === undefined;
}

function parseId(kind: "userId" | "sessionId", value: unknown): string {
  if (typeof value !== "string")
    throw new InvalidIdError(kind, `it is ${value === null ? "null" : typeof value}`);
  const reason = idRefusal(value);
  if (reason !== undefined)
    throw new InvalidIdError(kind, `${JSON.stringify(value.slice(0, 140))} ${reason}`);
  return value;
}
