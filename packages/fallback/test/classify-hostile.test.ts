import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classifyError, type ErrorInput } from "../src/index.ts";

const MEGABYTE = 1_000_000;
const repeat = (part: string) => part.repeat(Math.ceil(MEGABYTE / part.length));

/** Texts that begin to match what rules look for, over and over, and never do. */
const parts = [
  "a",
  "A",
  "a_",
  " ",
  "\n",
  '"',
  '{"',
  '{\\"',
  "[[",
  "<html><title>",
  "1 ",
  "1m",
  "model ",
  "the model is not ",
  "context token limit exceeds input ",
  "api key ",
  "account ",
  "quota usage limit ",
  "monthly ",
  "stop reason ",
  "tokens per ",
  "try again in ",
  "blocked content was policy ",
  "safety ",
  "请求",
  "превышен ",
  "クレジット",
];

describe("a text of a megabyte", () => {
  test.each(parts.map((part) => [part]))("of %j is classified in a moment", (part) => {
    const text = repeat(part);
    const started = process.cpuUsage();
    for (const status of [undefined, 400, 403, 503]) {
      classifyError({ status, message: text, body: text, headers: { "retry-after": text } });
    }
    const { user, system } = process.cpuUsage(started);
    // 16 KiB take a few milliseconds; a pattern that backtracks without end would take hours
    expect((user + system) / 1000).toBeLessThan(2_000);
  });

  test("is read only at its beginning", () => {
    const filler = "x ".repeat(MEGABYTE);
    expect(classifyError({ status: 500, message: `the model is overloaded ${filler}` }).reason).toBe(
      "overloaded",
    );
    expect(classifyError({ status: 500, message: `${filler} the model is overloaded` }).reason).toBe(
      "timeout",
    );
  });
});

const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true });
const reasons =
  /^(rate_limit|billing|auth|auth_permanent|overloaded|timeout|context_overflow|model_not_found|format|content_policy|none)$/;

describe("whatever is given", () => {
  test("is classified and never throws", () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom(...parts, "try again in ", '{"error":{"message":"'),
    );
    const input = fc.record(
      {
        status: fc.oneof(fc.integer(), fc.double(), fc.constant(null)),
        code: fc.oneof(text, fc.integer()),
        message: fc.array(text, { maxLength: 4 }).map((each) => each.join("")),
        headers: fc.dictionary(
          fc.constantFrom("retry-after", "x-ratelimit-reset", "x-ratelimit-reset-tokens"),
          text,
        ),
        body: fc.oneof(anything, text),
        provider: text,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(input, (each) => isWhole(each)),
      { numRuns: 2_000 },
    );
  });

  test("of the wrong types is classified too", () => {
    const keys = fc.constantFrom("status", "code", "message", "headers", "body", "provider");
    const untyped = fc.dictionary(keys, fc.anything()).map((each) => Object.assign({}, each));
    fc.assert(
      fc.property(untyped, (each) => isWhole(each)),
      { numRuns: 1_000 },
    );
  });

  test("is classified when a body cannot be read", () => {
    const body = {
      get error(): string {
        throw new TypeError("not readable");
      },
    };
    expect(classifyError({ status: 503, body }).reason).toBe("timeout");
  });
});

function isWhole(input: ErrorInput): void {
  const { reason, confidence, retryAfterMs, matched } = classifyError(input, { now: 0 });
  expect(reason).toMatch(reasons);
  expect(confidence).toBeGreaterThanOrEqual(0);
  expect(confidence).toBeLessThanOrEqual(1);
  expect(matched).not.toBe("");
  if (retryAfterMs !== undefined) expect(Number.isInteger(retryAfterMs) && retryAfterMs >= 0).toBe(true);
}
