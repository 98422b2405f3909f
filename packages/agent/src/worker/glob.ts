import { ToolError } from "./errors.ts";

const maxGlobChars = 1000;
const maxAlternatives = 256;

/** Says whether a glob names a file. `path` is relative to the searched directory, with `/` between names. */
export type GlobMatcher = (path: string) => boolean;

/** Matches any run of characters in a name, or of names in a path. */
const many = Symbol("many");

type CharacterTest = typeof many | ((character: string) => boolean);
type NameTest = typeof many | readonly CharacterTest[];

/**
 * Wildcard matching that goes back only to the last `*` (Krauss, "Matching Wildcards: An Algorithm", 2008).
 * At most pattern × values steps, where a regular expression made of the glob can take exponentially many.
 */
function matchSequence<T, V>(
  pattern: readonly (typeof many | T)[],
  values: readonly V[],
  matches: (test: T, value: V) => boolean,
): boolean {
  let at = 0;
  let value = 0;
  let resumeAt = -1;
  let resumeValue = 0;
  while (value < values.length) {
    const test = pattern[at];
    const current = values[value];
    if (test === many) {
      resumeAt = ++at;
      resumeValue = value;
    } else if (test !== undefined && current !== undefined && matches(test, current)) {
      at++;
      value++;
    } else if (resumeAt !== -1) {
      at = resumeAt;
      value = ++resumeValue;
    } else {
      return false;
    }
  }
  while (pattern[at] === many) at++;
  return at === pattern.length;
}

/** `[abc]`, `[a-z]`, `[!a-z]`, from the characters between the brackets. */
function compileClass(members: readonly string[]): CharacterTest {
  const negated = members[0] === "!" || members[0] === "^";
  const ranges: [string, string][] = [];
  for (let index = negated ? 1 : 0; index < members.length; index++) {
    const first = members[index] ?? "";
    const last = members[index + 2];
    if (members[index + 1] === "-" && last !== undefined) {
      ranges.push([first, last]);
      index += 2;
    } else {
      ranges.push([first, first]);
    }
  }
  return (character) => ranges.some(([first, last]) => first <= character && character <= last) !== negated;
}

function compileName(name: string): readonly CharacterTest[] {
  const characters = [...name];
  const tests: CharacterTest[] = [];
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] ?? "";
    const classEnd = character === "[" ? characters.indexOf("]", index + 2) : -1;
    if (character === "*") {
      tests.push(many);
    } else if (character === "?") {
      tests.push(() => true);
    } else if (classEnd !== -1) {
      tests.push(compileClass(characters.slice(index + 1, classEnd)));
      index = classEnd;
    } else {
      const escaped = character === "\\" ? characters[++index] : character;
      tests.push((other) => other === escaped);
    }
  }
  return tests;
}

/** Splits at commas that are in no inner braces. */
function splitAlternatives(inside: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const character of inside) {
    if (character === "{") depth++;
    if (character === "}") depth--;
    if (character === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function closingBrace(glob: string, open: number): number {
  let depth = 0;
  for (let index = open; index < glob.length; index++) {
    if (glob[index] === "{") depth++;
    if (glob[index] === "}" && --depth === 0) return index;
  }
  return -1;
}

/** `src/*.{js,ts}` becomes `src/*.js` and `src/*.ts`. A `{` without its `}` is itself. */
function expandBraces(glob: string): string[] {
  const done: string[] = [];
  const pending = [glob];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const open = next.indexOf("{");
    const close = open === -1 ? -1 : closingBrace(next, open);
    if (close === -1) {
      done.push(next);
    } else {
      const [before, after] = [next.slice(0, open), next.slice(close + 1)];
      for (const part of splitAlternatives(next.slice(open + 1, close))) pending.push(before + part + after);
    }
    if (done.length + pending.length > maxAlternatives) {
      throw new ToolError(`The glob has more than ${maxAlternatives} alternatives in its braces.`);
    }
  }
  return done;
}

function compilePath(glob: string): readonly NameTest[] {
  const names = glob.split("/").filter((name) => name !== "" && name !== ".");
  const tests = names.map((name): NameTest => (name === "**" ? many : compileName(name)));
  // "src/**" is what is in src, not src itself.
  return tests.at(-1) === many ? [...tests, [many]] : tests;
}

function matchName(tests: NameTest, name: string): boolean {
  return tests !== many && matchSequence(tests, [...name], (test, character) => test(character));
}

/**
 * Compiles a glob of the kind that shells, ripgrep and fd share: `*`, `?`, `[a-z]`, `[!a-z]`, `{a,b}`, `**`
 * and `\` before a special character. One without `/` matches the last name at any depth. Dot files count.
 * Throws {@link ToolError} when it is too long or has too many alternatives.
 */
export function compileGlob(glob: string): GlobMatcher {
  if (glob === "" || glob.length > maxGlobChars) {
    throw new ToolError(`The glob must have 1 to ${maxGlobChars} characters.`);
  }
  const byName = !glob.includes("/");
  const alternatives = expandBraces(glob).map(compilePath);
  return (path) => {
    const names = byName ? [path.slice(path.lastIndexOf("/") + 1)] : path.split("/");
    return alternatives.some((tests) =>
      matchSequence<Exclude<NameTest, typeof many>, string>(tests, names, matchName),
    );
  };
}
