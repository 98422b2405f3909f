import { inspect } from "node:util";
import { keyLabel } from "../keys/key-text.ts";

/** Takes keys out of what others wrote. */
export interface Redaction {
  text(text: string): string;
  /** The error itself where no key shows in it, else a copy of what can be told of it. */
  error(error: unknown): unknown;
}

/** How deep causes and properties are looked into, which is deeper than any log prints them. */
const MAX_DEPTH = 6;

export function createRedaction(keys: Iterable<string>): Redaction {
  const hidden = [...keys].flatMap((key) => spellings(key).map((text) => ({ text, label: keyLabel(key) })));
  // A key may be the beginning of another: the longer one goes first.
  hidden.sort((a, b) => b.text.length - a.text.length);
  const text = (given: string) =>
    hidden.reduce((rest, { text, label }) => rest.replaceAll(text, () => label), given);
  const shows = (error: unknown) => {
    const printed = inspect(error, { depth: MAX_DEPTH, maxStringLength: Infinity, maxArrayLength: 1000 });
    return text(printed) !== printed;
  };
  return { text, error: (error) => (shows(error) ? copyWithout(error, text, MAX_DEPTH) : error) };
}

/** As it is, as it stands in a URL, and in JSON. */
function spellings(key: string): readonly string[] {
  return [...new Set([key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1)])];
}

/** Name, message, stack, status, code and causes: what else the error holds may hold the key too. */
function copyWithout(error: unknown, text: (text: string) => string, depth: number): unknown {
  if (typeof error === "string") return text(error);
  if (!(error instanceof Error) || depth === 0) return undefined;
  const cause = copyWithout(error.cause, text, depth - 1);
  const copy = new Error(text(error.message), cause === undefined ? undefined : { cause });
  copy.name = text(error.name);
  copy.stack = text(error.stack ?? "");
  for (const name of ["status", "code"]) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === "number") Object.assign(copy, { [name]: value });
    if (typeof value === "string") Object.assign(copy, { [name]: text(value) });
  }
  return copy;
}
