import { bounded, DURATION, durationMs, waitMs } from "./durations.ts";
import type { Facts } from "./facts.ts";
import type { ErrorInput } from "./types.ts";

/**
 * Milliseconds that the provider asks to wait, by the first that says so: `retry-after-ms` and `retry-after`, the
 * body, the headers of its rate limits, words. Undefined where it says nothing that can be read.
 */
export function retryAfterOf(input: ErrorInput, facts: Facts, now: number): number | undefined {
  const headers = headersOf(input.headers);
  return (
    fromRetryHeaders(headers, now) ??
    fromBody(facts, now) ??
    fromLimitHeaders(headers, now) ??
    fromWords(facts, now)
  );
}

/** By name in lower case. What cannot be read is left out. */
function headersOf(headers: ErrorInput["headers"]): ReadonlyMap<string, string> {
  const entries: (readonly [string, unknown])[] = [];
  if (headers instanceof Headers) entries.push(...headers.entries());
  else if (typeof headers === "object" && headers !== null)
    entries.push(...Object.entries(headers).slice(0, 200));
  const found = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return new Map(found.map(([name, value]) => [name.toLowerCase(), value.slice(0, 200)]));
}

function fromRetryHeaders(headers: ReadonlyMap<string, string>, now: number): number | undefined {
  const ms = headers.get("retry-after-ms")?.trim() ?? headers.get("x-ms-retry-after-ms")?.trim();
  if (ms !== undefined && /^\d{1,12}(?:\.\d+)?$/.test(ms)) return bounded(Number(ms));
  const after = headers.get("retry-after");
  return after === undefined ? undefined : waitMs(after, now);
}

/** The longest of the limits that are used up: `remaining` is 0, or nothing is said of it where the name allows that. */
function fromLimitHeaders(headers: ReadonlyMap<string, string>, now: number): number | undefined {
  const waits: number[] = [];
  for (const [name, value] of headers) {
    if (!name.includes("ratelimit-") || !name.includes("reset")) continue;
    const remaining = headers.get(name.replace("reset", "remaining"));
    const isUsedUp = remaining === undefined ? isUsedUpUnsaid(name, headers) : Number(remaining) === 0;
    const wait = isUsedUp ? waitMs(value, now) : undefined;
    if (wait !== undefined) waits.push(wait);
  }
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/** Anthropic sends the resets of all its limits; its windows of a plan carry a state instead of a number. */
function isUsedUpUnsaid(name: string, headers: ReadonlyMap<string, string>): boolean {
  if (!name.startsWith("anthropic-")) return true;
  return headers.get(name.replace("reset", "status")) === "rejected";
}

/** Google's `retryDelay: "35s"`, Codex's `resets_in_seconds`, and what else names a wait. */
function fromBody({ times }: Facts, now: number): number | undefined {
  for (const [key, value] of times) {
    if (key.endsWith("ms") && /^\d{1,12}$/.test(String(value))) return bounded(Number(value));
    const wait = waitMs(value, now);
    if (wait !== undefined) return wait;
  }
  return undefined;
}

const ASKS =
  "(?:try(?:ing)? again|retry(?:ing)?|retry[ -]after|available(?: again)?|wait(?:ing)?|resets?|reset after|refresh(?:es)?|come back|back off|cool(?:ing)? ?down|erneut|réessay\\S*|vuelv\\S+ a intentar\\S*|int[ée]nt\\S+|tente|повторите|попробуйте)";
const WAIT = new RegExp(`${ASKS}[^\\n\\d]{0,40}(${DURATION})`, "iu");
const WAIT_FIRST = new RegExp(`(${DURATION})\\s?(?:后|後|以内|뒤|후)`, "iu");
const WAIT_AGAIN = new RegExp(
  `(?:in|dans|en|em|через) (${DURATION})[^\\n]{0,20}(?:erneut|wieder|nochmal|nouveau|de nuevo|novamente|снова|again)`,
  "iu",
);
const ZONE = "(?:\\s?(?:Z|UTC|GMT|[+-]\\d\\d:?\\d\\d))?";
const DATE = new RegExp(
  `(?:try again|retry|available|resets?|reset time|regain access|until|wait|refresh(?:es)?|重置|恢复|刷新)[^\\n\\d]{0,40}(\\d{4}-\\d\\d-\\d\\d)(?:[T ]|,? at )(\\d\\d:\\d\\d(?::\\d\\d)?(?:\\.\\d+)?)(${ZONE})`,
  "iu",
);
const DAY =
  /(?:try again|resets?) (?:at|on) ([A-Z][a-z]{2,8}) (\d{1,2})(?:st|nd|rd|th)?,? (\d{4}),? (?:at )?(\d{1,2}:\d\d ?(?:[AP]M)?)/i;
const EPOCH = /\|(\d{10})\b/;

/** `try again in 1.5s`, `Expected available in 1 second`, `will reset at 2026-03-06 22:19:54`. */
function fromWords({ text, provider }: Facts, now: number): number | undefined {
  const date = DATE.exec(text);
  if (date) {
    const [, day, time, zone = ""] = date;
    return waitMs(`${day}T${time}${zoneOf(zone.trim(), provider)}`, now);
  }
  const day = DAY.exec(text);
  if (day) return waitMs(`${day[1]} ${day[2]} ${day[3]} ${day[4]} UTC`, now);
  const epoch = EPOCH.exec(text)?.[1];
  if (epoch !== undefined) return waitMs(epoch, now);
  const said = WAIT.exec(text)?.[1] ?? WAIT_FIRST.exec(text)?.[1] ?? WAIT_AGAIN.exec(text)?.[1];
  const duration = said === undefined ? undefined : durationMs(said);
  return duration === undefined ? undefined : bounded(duration);
}

/** Chinese providers give their own time of day; of others that name no zone UTC is assumed. */
function zoneOf(zone: string, provider: string): string {
  if (/^[+-]/.test(zone)) return zone;
  return zone === "" &&
    /z\.?ai|zhipu|bigmodel|glm|minimax|qwen|dashscope|moonshot|kimi|volc|doubao/.test(provider)
    ? "+08:00"
    : "Z";
}
