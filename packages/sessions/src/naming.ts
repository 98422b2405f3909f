import type { NewEntry } from "./entries.ts";
import { SessionOptionsError } from "./errors.ts";

/** Most characters (UTF-16 units) of a title or a label: it is for people, and indexed. */
export const MAX_NAME_CHARS = 500;

/** @throws SessionOptionsError */
export function titleEntry(title: string | undefined): NewEntry {
  return { type: "session_info", ...(title === undefined ? {} : { name: parseName("title", title) }) };
}

/** @throws SessionOptionsError */
export function labelEntry(targetId: string, label: string | undefined): NewEntry {
  if (typeof targetId !== "string" || targetId === "")
    throw new SessionOptionsError("entryId", "entryId: must be the id of an entry");
  return { type: "label", targetId, ...(label === undefined ? {} : { label: parseName("label", label) }) };
}

function parseName(option: string, value: unknown): string {
  if (typeof value !== "string" || value.trim() === "" || value.length > MAX_NAME_CHARS)
    throw new SessionOptionsError(
      option,
      `${option}: must be a text of 1 to ${MAX_NAME_CHARS} characters that is not blank; undefined takes it away`,
    );
  // It is shown as one line, in lists and in terminals.
  if (/\p{Cc}/u.test(value))
    throw new SessionOptionsError(option, `${option}: must have no line break or other control character`);
  return value;
}
