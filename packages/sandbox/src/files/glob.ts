import { optionError } from "./file-error.ts";

/** Whether a path, of names with "/" between them, matches; in time that grows with both lengths, not faster. */
export interface Glob {
  matches(path: string): boolean;
  /** Levels of directories that it can match in. */
  readonly depth: number;
}

type Token =
  | { readonly kind: "many" }
  | { readonly kind: "one"; readonly takes: (character: string) => boolean };

const maxAlternatives = 256;

/** `{a,b}` written out. */
function alternatives(pattern: string): string[] {
  const open = pattern.indexOf("{");
  if (open < 0) return [pattern];
  let depth = 0;
  let start = open + 1;
  const parts: string[] = [];
  for (let at = open; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === "{") depth++;
    if ((character === "," && depth === 1) || (character === "}" && depth === 1)) {
      parts.push(pattern.slice(start, at));
      start = at + 1;
    }
    if (character === "}" && --depth === 0) {
      const rest = pattern.slice(at + 1);
      const all = parts.flatMap((part) => alternatives(pattern.slice(0, open) + part + rest));
      if (all.length > maxAlternatives)
        throw optionError(`glob ${JSON.stringify(pattern)} has more than ${maxAlternatives} alternatives`);
      return all;
    }
  }
  throw optionError(`glob ${JSON.stringify(pattern)} has a "{" without "}"`);
}

/** `[a-z]` from its opening bracket on; the index after it. */
function parseSet(characters: readonly string[], open: number, pattern: string): [Token, number] {
  let at = open + 1;
  const negated = characters[at] === "!" || characters[at] === "^";
  if (negated) at++;
  const ranges: [string, string][] = [];
  for (const first = at; characters[at] !== "]" || at === first; at++) {
    const from = characters[at];
    if (from === undefined) throw optionError(`glob ${JSON.stringify(pattern)} has a "[" without "]"`);
    const to = characters[at + 2];
    const isRange = characters[at + 1] === "-" && to !== undefined && to !== "]";
    ranges.push([from, isRange ? to : from]);
    if (isRange) at += 2;
  }
  const takes = (each: string) => ranges.some(([from, to]) => each >= from && each <= to) !== negated;
  return [{ kind: "one", takes }, at + 1];
}

function parseName(name: string, pattern: string): Token[] {
  const characters = [...name];
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; ) {
    const character = characters[at++];
    if (character === "*") {
      if (tokens.at(-1)?.kind !== "many") tokens.push({ kind: "many" });
    } else if (character === "?") tokens.push({ kind: "one", takes: () => true });
    else if (character === "[") {
      const [token, after] = parseSet(characters, at - 1, pattern);
      tokens.push(token);
      at = after;
    } else tokens.push({ kind: "one", takes: (each) => each === character });
  }
  return tokens;
}

/**
 * Whether the items match the pattern in which some stand for any number of items: goes back to the last of those
 * alone, so it takes no more than their product of steps.
 */
function matchSequence<P, T>(
  pattern: readonly P[],
  items: readonly T[],
  { isMany, takes }: { isMany: (each: P) => boolean; takes: (each: P, item: T) => boolean },
): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let item = 0; item < items.length; ) {
    const each = pattern[at];
    if (each !== undefined && isMany(each)) {
      star = at++;
      resume = item;
    } else if (each !== undefined && takes(each, items[item] as T)) {
      at++;
      item++;
    } else if (star >= 0) {
      at = star + 1;
      item = ++resume;
    } else return false;
  }
  return pattern.slice(at).every(isMany);
}

type Names = readonly (readonly Token[] | "any")[];

const characterRules = {
  isMany: (token: Token) => token.kind === "many",
  takes: (token: Token, character: string) => token.kind === "one" && token.takes(character),
};
const nameRules = {
  isMany: (each: Names[number]) => each === "any",
  takes: (each: Names[number], name: readonly string[]) =>
    each !== "any" && matchSequence(each, name, characterRules),
};

/** @throws FileError for a pattern that is none */
export function parseGlob(pattern: string, maxDepth: number): Glob {
  if (pattern === "" || pattern.startsWith("/") || pattern.split("/").includes(".."))
    throw optionError(`glob ${JSON.stringify(pattern)} must be a path beneath the directory, without ".."`);
  const all = alternatives(pattern).map(
    (each): Names => each.split("/").map((name) => (name === "**" ? "any" : parseName(name, pattern))),
  );
  const depthOf = (names: Names) => (names.includes("any") ? maxDepth : names.length);
  return {
    depth: Math.min(maxDepth, Math.max(...all.map(depthOf))),
    matches(path) {
      const names = path.split("/").map((name) => [...name]);
      return all.some((each) => matchSequence(each, names, nameRules));
    },
  };
}
