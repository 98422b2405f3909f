import { type Envelope, emptyEnvelope, MAX_TEXT, parseWithin, readEnvelope } from "./envelope.ts";
import { headlineOf, isHtml } from "./html.ts";
import { isProgramFailure } from "./program.ts";
import { isProse } from "./prose.ts";
import { statusInText } from "./status-text.ts";
import type { ErrorInput } from "./types.ts";

/** An error in the one form that rules look at. */
export interface Facts {
  readonly status: number | undefined;
  /** In `snake_case`, such as `throttling_exception`. */
  readonly codes: readonly string[];
  /** What is said in words; of an HTML page only its title and headings. */
  readonly text: string;
  readonly provider: string;
  /** Something besides words tells that it is an error: a status, a code, an envelope. */
  readonly isTold: boolean;
  /** That, or its first words. */
  readonly isError: boolean;
  /** It only talks about errors, or is one of a program, a test or a tool. */
  readonly isProse: boolean;
  readonly times: ReadonlyMap<string, string | number>;
}

export function factsOf(input: ErrorInput): Facts {
  const envelope = emptyEnvelope();
  const texts = [input.message, textOf(input.body)]
    .filter((text) => typeof text === "string")
    .map((text) => readText(text.slice(0, MAX_TEXT), envelope));
  if (typeof input.body === "object" && input.body !== null) readEnvelope(input.body, envelope);
  const said = [...texts.map(({ text }) => text), ...envelope.messages].filter((text) => text !== "");
  const text = [...new Set(said)].join("\n").slice(0, MAX_TEXT);
  const status = statusOf(input) ?? texts.map((each) => each.status).find(Boolean) ?? envelope.statuses[0];
  const given = typeof input.code === "string" || typeof input.code === "number" ? String(input.code) : "";
  const hasEnvelope =
    envelope.messages.length > 0 || envelope.codes.length > 0 || envelope.statuses.length > 0;
  const isTold = status !== undefined || given !== "" || hasEnvelope;
  const isError = isTold || /^[\w .]{0,30}(error|exception|failed)\b/i.test(text);
  const codes = [given, ...envelope.codes, ...codesIn(text, isError)]
    .filter((code) => code !== "")
    .map(snakeCase);
  return {
    status,
    codes: [...new Set(codes)],
    text: isError || text.length < 2000 ? text : text.slice(0, 600),
    provider: typeof input.provider === "string" ? input.provider.toLowerCase().slice(0, 100) : "",
    isTold,
    isError,
    isProse:
      !(statusOf(input) !== undefined || given !== "" || hasEnvelope) &&
      (isProse(text) || isProgramFailure(text)),
    times: envelope.times,
  };
}

function textOf(body: unknown): string | undefined {
  return typeof body === "string" ? body : undefined;
}

function readText(text: string, envelope: Envelope): { text: string; status: number | undefined } {
  const trimmed = text.trim();
  if (isHtml(trimmed)) {
    const headline = headlineOf(trimmed);
    return {
      text: headline,
      status: statusInText(trimmed) ?? statusInText(headline) ?? statusAtEnd(headline),
    };
  }
  const parsed = parseWithin(trimmed);
  if (parsed === undefined) return { text: trimmed, status: statusInText(trimmed) };
  const known = envelope.messages.length + envelope.codes.length;
  readEnvelope(parsed.value, envelope);
  const isRead = envelope.messages.length + envelope.codes.length > known;
  return { text: isRead ? parsed.before : trimmed, status: statusInText(trimmed) };
}

/** Cloudflare's titles: `example.com | 521: Web server is down`, `Error 1015`. */
function statusAtEnd(headline: string): number | undefined {
  const [, found] = /(?:\||error)\s*([45]\d\d)\b/i.exec(headline) ?? [];
  return found === undefined ? undefined : Number(found);
}

function statusOf({ status, code }: ErrorInput): number | undefined {
  const numbers = [status, code].filter((each) => typeof each === "number" || typeof each === "string");
  return numbers.map(Number).find((each) => Number.isInteger(each) && each >= 400 && each < 600);
}

/** Codes that stand in the words: `ThrottlingException: …`, `… insufficient_quota …`, `[1113][…]`, `… (2013)`. */
function codesIn(text: string, isError: boolean): readonly string[] {
  const start = text.slice(0, 600);
  const first = /^\W{0,3}([A-Za-z][\w.]{3,60})(?::|\W{0,3}$)/.exec(start)?.[1] ?? "";
  const number = /^\W{0,3}(\d{4,5})[:\]]|[([](\d{4,5})[\])]\W{0,3}$/.exec(start);
  const outside = [first, number?.[1] ?? number?.[2] ?? ""];
  if (!isError) return outside;
  const inside = start.match(
    /\b[A-Za-z]{2,30}(?:_[A-Za-z]{1,30}){1,6}\b|\b[A-Z][A-Za-z]{3,60}(?:Exception|Error)\b|\b[A-Z][A-Za-z]{3,40}(?:\.[A-Z][A-Za-z]{2,40}){1,3}\b/g,
  );
  return [...outside, ...(inside ?? [])];
}

/** `ThrottlingException`, `RESOURCE_EXHAUSTED` and `rate-limit` as `throttling_exception`, `resource_exhausted`, … */
function snakeCase(code: string): string {
  return code
    .slice(0, 100)
    .replaceAll(/([a-z\d])([A-Z])/g, "$1_$2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .replaceAll(/[\s-]+/g, "_")
    .toLowerCase();
}
