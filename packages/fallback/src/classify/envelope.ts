/** Characters of a text that are looked at; what comes after is not part of what an error says. */
export const MAX_TEXT = 16_384;

/** What is found in the JSON of an error, however deep it is nested and however often it is encoded. */
export interface Envelope {
  /** What people are to read, outermost first. */
  readonly messages: string[];
  /** Codes, types and states as they are spelled. */
  readonly codes: string[];
  /** HTTP statuses, outermost first. */
  readonly statuses: number[];
  /** Values of keys that name a wait or a time, by the key in lower case without separators. */
  readonly times: Map<string, string | number>;
}

const MESSAGE_KEYS =
  /^(message|msg|detail|details|error|errors|errormessage|error_?description|error_?msg|status_?msg|status_?message|description|title|raw|reason|body|cause|content|hint|data|exception|fault|response|text)$/i;
const CODE_KEYS =
  /^(code|type|status|reason|error|error_?code|err_?code|errcode|__type|kind|category|name|status_?code|http_?code|http_?status|error_?type|finish_?reason|stop_?reason|block_?reason|detail)$/i;
const STATUS_KEYS = /^(code|status|status_?code|http_?code|http_?status|error_?code)$/i;
const TIME_KEYS = /retry_?(delay|after)|reset|estimated_?time|wait_?(seconds|time)|available_?(at|in)/i;
const MAX_DEPTH = 8;
const MAX_NODES = 400;

/** Reads a parsed body. Never throws: depth and number of values are bounded. */
export function readEnvelope(value: unknown, envelope: Envelope = emptyEnvelope()): Envelope {
  let nodes = 0;
  const visit = (key: string, each: unknown, depth: number): void => {
    nodes += 1;
    if (nodes > MAX_NODES || depth > MAX_DEPTH) return;
    if (typeof each === "string" || typeof each === "number") readValue(key, each, depth);
    else if (Array.isArray(each)) for (const item of each.slice(0, 20)) visit(key, item, depth + 1);
    else if (typeof each === "object" && each !== null) {
      for (const [name, item] of entriesOf(each)) visit(name, item, depth + 1);
    }
  };
  const readValue = (key: string, each: string | number, depth: number): void => {
    if (TIME_KEYS.test(key)) envelope.times.set(key.toLowerCase().replaceAll(/[-_]/g, ""), each);
    const isStatus = STATUS_KEYS.test(key) && /^[45]\d\d$/.test(String(each));
    if (isStatus) envelope.statuses.push(Number(each));
    else if (CODE_KEYS.test(key) && /^[\w.:/-]{1,80}$/.test(String(each))) envelope.codes.push(String(each));
    if (typeof each !== "string" || !(MESSAGE_KEYS.test(key) || isSentence(key, each))) return;
    const nested = parseWithin(each);
    if (nested === undefined) envelope.messages.push(each);
    else {
      if (nested.before !== "") envelope.messages.push(nested.before);
      visit(key, nested.value, depth + 1);
    }
  };
  visit("", value, 0);
  return envelope;
}

/** Where only the name of a parameter belongs, some say what is wrong with it. */
function isSentence(key: string, text: string): boolean {
  return /^param(?:eter)?$/i.test(key) && /\w \w/.test(text);
}

export function emptyEnvelope(): Envelope {
  return { messages: [], codes: [], statuses: [], times: new Map() };
}

/** A foreign object's getters may throw; then there is nothing to read in it. */
function entriesOf(value: object): readonly (readonly [string, unknown])[] {
  try {
    return Object.entries(value).slice(0, 40);
  } catch {
    return [];
  }
}

/** The first JSON object or array in a text, and the text before it. */
export function parseWithin(text: string): { before: string; value: object } | undefined {
  const bounded = text.slice(0, MAX_TEXT);
  const start = bounded.search(/[{[]\s*["{[]/);
  if (start === -1) return parseString(bounded);
  const value =
    parseJson(bounded.slice(start, lastBracket(bounded))) ?? parseJson(firstObject(bounded, start));
  if (typeof value !== "object" || value === null) return undefined;
  return { before: bounded.slice(0, start).trim(), value };
}

/** JSON that was encoded once more is a string in quotes. */
function parseString(text: string): { before: string; value: object } | undefined {
  if (!text.startsWith('"')) return undefined;
  const inner = parseJson(text.trim());
  return typeof inner === "string" && inner !== text ? parseWithin(inner) : undefined;
}

function lastBracket(text: string): number {
  return Math.max(text.lastIndexOf("}"), text.lastIndexOf("]")) + 1;
}

/** From a bracket to the one that closes it, brackets in strings left out. */
function firstObject(text: string, start: number): string {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at += 1) {
    const each = text[at];
    if (each === "\\") at += 1;
    else if (each === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (each === "{" || each === "[") depth += 1;
    else if (each === "}" || each === "]") depth -= 1;
    if (depth === 0) return text.slice(start, at + 1);
  }
  return "";
}

/** What is no JSON is text: nothing is lost, so there is nothing to report. */
function parseJson(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // a parser's bytes repr, b'{\"error\"…}', escapes its quotes
    return text.includes('\\"') ? parseEscaped(text) : undefined;
  }
}

function parseEscaped(text: string): unknown {
  try {
    return JSON.parse(text.replaceAll('\\"', '"'));
  } catch {
    return undefined;
  }
}
