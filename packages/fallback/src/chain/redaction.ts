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

/** A shorter key, such as the `none` that a local server is given, is no secret, but a word that errors may use. */
const SHORTEST_SECRET = 12;

export function createRedaction(keys: Iterable<string>): Redaction {
  // A key may be the beginning of another: the longer one goes first.
  const longestFirst = [...keys]
    .filter((key) => key.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
  const hidden = longestFirst.map((key) => ({ spelling: spellingsOf(key), label: keyLabel(key) }));
  const text = (given: string) =>
    hidden.reduce((rest, { spelling, label }) => rest.replace(spelling, () => label), given);
  const shows = (error: unknown) => {
    const printed = inspect(error, { depth: MAX_DEPTH, maxStringLength: Infinity, maxArrayLength: 1000 });
    return text(printed) !== printed;
  };
  const copy = (error: unknown) => orElse(() => copyWithout(error, text, MAX_DEPTH), undefined);
  return { text, error: (error) => (orElse(() => shows(error), true) ? copy(error) : error) };
}

/** What others threw may throw again when it is looked at: a getter, a revoked proxy, an inspection of its own. */
function orElse<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

/** The key as it is, and as it stands in a URL, in JSON, and in JSON within JSON. */
function spellingsOf(key: string): RegExp {
  const letters = [...key].map((letter, index) => {
    const code = letter.charCodeAt(0).toString(16).padStart(2, "0");
    // Of a long run of backslashes only its beginning may begin a key: else each of them would be tried.
    const start = index === 0 ? "(?<!\\\\)" : "";
    const plain = `${start}\\\\*\\u${code.padStart(4, "0")}`;
    return /[A-Za-z0-9]/.test(letter) ? letter : `(?:${plain}|%${code}|%${code.toUpperCase()})`;
  });
  return new RegExp(letters.join(""), "g");
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
