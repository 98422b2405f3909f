/** The longest wait that a timer takes (2³¹ - 1 ms, 24.8 days): what is said to take longer is cut to it. */
export const MAX_WAIT_MS = 2_147_483_647;

const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:ms|msec|milli|毫秒)/i, 1],
  [/^(?:s$|sec|seg|sek|сек|秒|초)/i, 1_000],
  [/^(?:min|m$|мин|分|분)/i, 60_000],
  [/^(?:h$|hr|hour|hora|heure|std|stunde|час|小时|時間|시간)/i, 3_600_000],
  [/^(?:d$|day|día|dia|jour|tag|дн|день|天|日|일)/i, 86_400_000],
];
const UNIT = UNITS.map(([unit]) => unit.source.slice(1).replaceAll("$", "(?![a-z])")).join("|");
const PART = `\\d{1,12}(?:\\.\\d{1,9})?\\s?(?:${UNIT})[a-zа-яí]{0,10}`;

/** A duration in words or in Go's form: `6m0s`, `1.5s`, `20 minutes`, `2 hours and 5 minutes`, `30 秒`. */
export const DURATION = `${PART}(?:[\\s,]{0,2}(?:and )?${PART}){0,3}`;

/** Milliseconds of what `DURATION` matches; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  let total: number | undefined;
  for (const [, amount, unit] of text.matchAll(/(\d{1,12}(?:\.\d{1,9})?)\s?([^\s\d,.;:)]{1,14})/g)) {
    const [, factor] = UNITS.find(([pattern]) => pattern.test(unit ?? "")) ?? [];
    if (factor !== undefined) total = (total ?? 0) + Number(amount) * factor;
  }
  return total;
}

/** A point in time as milliseconds since 1970: RFC 3339, an HTTP date, seconds or milliseconds since 1970. */
export function timeOf(value: string | number): number | undefined {
  const text = String(value).trim();
  if (/^\d{10}(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^\d{13}$/.test(text)) return Number(text);
  if (text.length > 60 || !/\d{4}-\d\d-\d\d|\d\d:\d\d/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** A wait: a number of seconds, a duration, or the point in time when it ends. Not negative, at most `MAX_WAIT_MS`. */
export function waitMs(value: string | number, now: number): number | undefined {
  const text = String(value).trim().slice(0, 100);
  const time = timeOf(text);
  if (time !== undefined) return bounded(time - now);
  if (/^-?\d{1,9}(?:\.\d{1,9})?$/.test(text)) return bounded(Number(text) * 1000);
  const duration = new RegExp(`^(?:${DURATION})$`, "iu").test(text) ? durationMs(text) : undefined;
  return duration === undefined ? undefined : bounded(duration);
}

export function bounded(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 0), MAX_WAIT_MS);
}
