import { describe, expect, test } from "vitest";
import { classifyError, type ErrorInput } from "../src/index.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const waitOf = (input: ErrorInput) => classifyError({ status: 429, ...input }, { now }).retryAfterMs;
const byHeaders = (headers: Record<string, string>) => waitOf({ headers });

describe("headers", () => {
  test.each([
    [{ "retry-after": "30" }, 30_000],
    [{ "Retry-After": "1.5" }, 1_500],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "Sun, 22 Nov 2026 12:00:45 GMT" }, 45_000],
    [{ "retry-after": "Sun, 22 Nov 2026 11:00:00 GMT" }, 0],
    [{ "retry-after": "-5" }, 0],
    [{ "retry-after-ms": "250", "retry-after": "1" }, 250],
    [{ "x-ratelimit-reset-tokens": "6m0s", "x-ratelimit-remaining-tokens": "0" }, 360_000],
    [{ "x-ratelimit-reset-requests": "120ms" }, 120],
    [{ "x-ratelimit-reset-requests": "1h2m3.5s" }, 3_723_500],
    [{ "x-ratelimit-reset": String(now / 1000 + 20) }, 20_000],
    [{ "x-ratelimit-reset": String(now + 7_000) }, 7_000],
    [{ "ratelimit-reset": "12" }, 12_000],
  ])("%j", (headers, wait) => {
    expect(byHeaders(headers)).toBe(wait);
  });

  test("of a class of Headers", () => {
    expect(waitOf({ headers: new Headers({ "Retry-After": "2" }) })).toBe(2_000);
  });

  test("of limits that are not used up do not count", () => {
    const tokens = { "x-ratelimit-reset-tokens": "1s", "x-ratelimit-remaining-tokens": "0" };
    const requests = { "x-ratelimit-reset-requests": "9m", "x-ratelimit-remaining-requests": "59" };
    expect(byHeaders({ ...tokens, ...requests })).toBe(1_000);
    expect(byHeaders(requests)).toBeUndefined();
  });

  test("of Anthropic count where nothing remains, and the latest of them", () => {
    const reset = (limit: string, at: string, remaining: string) => ({
      [`anthropic-ratelimit-${limit}-reset`]: at,
      [`anthropic-ratelimit-${limit}-remaining`]: remaining,
    });
    const headers = {
      ...reset("requests", "2026-11-22T13:00:00Z", "12"),
      ...reset("input-tokens", "2026-11-22T12:00:30Z", "0"),
      ...reset("tokens", "2026-11-22T12:00:10Z", "0"),
    };
    expect(byHeaders(headers)).toBe(30_000);
    expect(byHeaders({ "anthropic-ratelimit-tokens-reset": "2026-11-22T13:00:00Z" })).toBeUndefined();
    const unified = { "anthropic-ratelimit-unified-5h-reset": String(now / 1000 + 60) };
    expect(byHeaders({ ...unified, "anthropic-ratelimit-unified-5h-status": "rejected" })).toBe(60_000);
    expect(byHeaders({ ...unified, "anthropic-ratelimit-unified-5h-status": "allowed" })).toBeUndefined();
  });
});

describe("bodies", () => {
  test.each([
    [{ error: { status: "RESOURCE_EXHAUSTED", details: [{ retryDelay: "35s" }] } }, 35_000],
    [{ error: { type: "usage_limit_reached", resets_in_seconds: 3600 } }, 3_600_000],
    [{ error: { type: "usage_limit_reached", resets_at: now / 1000 + 90 } }, 90_000],
    [{ error: { message: "slow down", retry_after_ms: 400 } }, 400],
    [{ error: "Model x is currently loading", estimated_time: 20.25 }, 20_250],
    [{ error: { code: 429, metadata: { headers: { "X-RateLimit-Reset": String(now + 1_000) } } } }, 1_000],
  ])("%j", (body, wait) => {
    expect(waitOf({ body })).toBe(wait);
  });

  test("as text say the same", () => {
    const text = JSON.stringify({ error: { code: 429, details: [{ retryDelay: "1.5s" }] } });
    expect(waitOf({ body: text })).toBe(1_500);
    expect(classifyError({ message: `got status: 429. ${text}` }, { now }).retryAfterMs).toBe(1_500);
  });
});

describe("words", () => {
  test.each([
    ["Rate limit reached. Please try again in 1.5s.", 1_500],
    ["Rate limit reached. Please try again in 6m0s. Visit the site.", 360_000],
    ["Rate limit reached. Please try again in 20 minutes.", 1_200_000],
    ["Too many requests, retry after 58 seconds", 58_000],
    ["Request was throttled. Expected available in 1 second.", 1_000],
    ["You have hit your usage limit. Try again in ~19 min.", 1_140_000],
    ["Too many requests. Try again in 2 hours and 5 minutes.", 7_500_000],
    ["Limit exhausted. Your limit will reset at 2026-11-22 12:00:30", 30_000],
    ["Usage limits reached. You will regain access on 2026-11-23 at 00:00 UTC.", 43_200_000],
    ["Quota reached, resets at 2026-11-22T14:00:00+02:00", 0],
    ["Usage limit reached|1795348830", 30_000],
    ["请求过于频繁，请在 30 秒后重试", 30_000],
    ["Zu viele Anfragen. Bitte in 30 Sekunden erneut versuchen", 30_000],
    ["Slow down. Limit: 3 / min.", undefined],
  ])("%s", (message, wait) => {
    expect(waitOf({ message })).toBe(wait);
  });

  test("of a Chinese provider name its own time of day", () => {
    const message = "Your limit will reset at 2026-11-22 20:00:30";
    expect(waitOf({ provider: "zai", message })).toBe(30_000);
  });
});

test("a wait is never longer than a timer takes", () => {
  expect(byHeaders({ "retry-after": "999999999" })).toBe(2_147_483_647);
});

test("nothing that can be read is no wait", () => {
  expect(waitOf({ headers: { "retry-after": "soon" }, message: "later" })).toBeUndefined();
  expect(waitOf({})).toBeUndefined();
});

test("what is no error asks for no wait", () => {
  expect(classifyError({ message: "done, try again in 5 s" }, { now }).retryAfterMs).toBeUndefined();
});
