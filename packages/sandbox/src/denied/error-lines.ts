/** What a line of error output says was refused. */
export interface ErrorLine {
  readonly kind: ErrorKind;
  /** The path or the name on the network, as the program wrote it. */
  readonly target: string | undefined;
}

export type ErrorKind =
  | "read-only"
  | "permission"
  | "space"
  | "file size"
  | "name"
  | "network"
  | "memory"
  | "processes";

/**
 * How the C library, and with it coreutils, shells, compilers, git and curl, and how Python, Node and Go word an
 * errno. Alternatives of plain words only: each is searched in one pass over the line.
 */
const phrases: readonly (readonly [ErrorKind, RegExp])[] = [
  ["read-only", /read-only file system|\bEROFS\b/i],
  ["name", /temporary failure in name resolution|could(?: not|n't) resolve|unable to resolve host/i],
  ["name", /name or service not known|getaddrinfo EAI_AGAIN|getaddrinfo ENOTFOUND|\bno such host\b/i],
  ["network", /network is unreachable|\bENETUNREACH\b|no route to host|\bEHOSTUNREACH\b/i],
  ["network", /failed to connect to/i],
  ["space", /no space left on device|\bENOSPC\b|disk quota exceeded|\bEDQUOT\b/i],
  ["file size", /file too large|\bEFBIG\b|file size limit exceeded/i],
  ["memory", /cannot allocate memory|\bENOMEM\b|\bMemoryError\b|failed to reserve virtual memory/i],
  ["processes", /fork: (?:retry: )?resource temporarily unavailable|cannot fork|can't start new thread/i],
  ["permission", /permission denied|\bEACCES\b/i],
];

const maxLineLength = 1000;
const maxTargetLength = 200;
const quoted = /['"\u2018\u201c]([^'"\u2018\u2019\u201c\u201d]+)['"\u2019\u201d]/g;

/** The last quoted text that holds one of these characters. */
function lastQuoted(text: string, sign: RegExp): string | undefined {
  return [...text.matchAll(quoted)]
    .map(([, inner = ""]) => inner)
    .filter((inner) => sign.test(inner))
    .at(-1);
}

/** In `cat: /etc/shadow` and `sh: 1: cannot create /usr/x` the last word with a slash, and what follows it. */
function lastSegment(before: string): string | undefined {
  const segment =
    before
      .replace(/[\s:]+$/, "")
      .split(": ")
      .at(-1) ?? "";
  const words = segment.split(" ");
  const first = words.findIndex((word) => word.includes("/"));
  return first < 0 ? undefined : words.slice(first).join(" ");
}

function pathAround(before: string, after: string): string | undefined {
  return lastQuoted(after, /[/.]/) ?? lastQuoted(before, /\S/) ?? lastSegment(before);
}

function hostAround(before: string, after: string): string | undefined {
  const next = /^(?: host(?:name)?)?(?: address)?[\s:'"\u2018]{0,4}([A-Za-z0-9][\w.:-]{0,252}\w)/.exec(
    after,
  )?.[1];
  return next ?? /([\w-]{1,63}\.[\w.-]{1,190}): $/.exec(before.slice(-256))?.[1];
}

function parseLine(line: string): ErrorLine | undefined {
  for (const [kind, phrase] of phrases) {
    const found = phrase.exec(line);
    if (found === null) continue;
    const [before, after] = [line.slice(0, found.index), line.slice(found.index + found[0].length)];
    const around = kind === "name" || kind === "network" ? hostAround : pathAround;
    const target = around(before, after)
      ?.replace(/\p{Cc}/gu, "?")
      .slice(0, maxTargetLength);
    return { kind, target };
  }
  return undefined;
}

/** What error output says was refused, line by line. The work is bounded by the length of the text. */
export function errorLines(text: string): ErrorLine[] {
  return text
    .split("\n")
    .map((line) => parseLine(line.slice(-maxLineLength)))
    .filter((line) => line !== undefined);
}
