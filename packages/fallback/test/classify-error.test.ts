import { describe, expect, test } from "vitest";
import { classifyError } from "../src/index.ts";

describe("a classification", () => {
  test("says what was found, by which rule, and whom it is about", () => {
    const body = {
      error: { type: "rate_limit_error", message: "Number of requests has exceeded your limit" },
    };
    expect(classifyError({ provider: "anthropic", status: 429, body })).toEqual({
      reason: "rate_limit",
      retryable: true,
      scope: "key",
      confidence: 1,
      matched: "anthropic/rate-limit",
    });
  });

  test("is surest of a provider's own code, and least sure of a bare status", () => {
    const code = classifyError({ code: "context_length_exceeded" });
    const words = classifyError({ message: "The prompt is too long for this model" });
    const status = classifyError({ status: 413 });
    expect([code, words, status].map(({ reason }) => reason)).toEqual(Array(3).fill("context_overflow"));
    expect(code.confidence).toBeGreaterThan(words.confidence);
    expect(words.confidence).toBeGreaterThan(status.confidence);
  });

  test("of what is no error is none", () => {
    expect(classifyError({ message: "All 402 records were written." })).toEqual({
      reason: "none",
      retryable: false,
      scope: "request",
      confidence: 0,
      matched: "none",
    });
  });

  test.each([
    ["a host that cannot be reached", { code: "ECONNREFUSED" }, "provider"],
    ["a connection that broke", { code: "ECONNRESET" }, "model"],
    ["Cloudflare without an origin", { status: 522 }, "provider"],
    ["a region that is not served", { code: "unsupported_country_region_territory" }, "provider"],
    [
      "a limit of the host behind a gateway",
      { message: "x/y is temporarily rate-limited upstream" },
      "model",
    ],
    ["a limit of the key", { status: 429 }, "key"],
    ["a plan without the model", { provider: "zai", code: "1311" }, "model"],
    ["an account without money", { status: 402 }, "key"],
    ["a model that is not there", { status: 404 }, "model"],
    ["a request that is too long", { status: 413 }, "request"],
  ] as const)("of %s is about the right thing", (_, input, scope) => {
    expect(classifyError(input).scope).toBe(scope);
  });

  test("reads a code in any spelling", () => {
    for (const code of [
      "RESOURCE_EXHAUSTED",
      "ResourceExhausted",
      "resource-exhausted",
      "resource_exhausted",
    ]) {
      expect(classifyError({ code }).reason).toBe("rate_limit");
    }
  });

  test("lets a number mean what it means at the provider that is named only", () => {
    const body = { base_resp: { status_code: 1008, status_msg: "no" } };
    expect(classifyError({ provider: "minimax", body }).reason).toBe("billing");
    expect(classifyError({ provider: "openai", body }).reason).toBe("none");
  });

  test("lets a status that is given win over one in the text", () => {
    expect(classifyError({ status: 400, message: "503 is not one of the allowed values" }).reason).toBe(
      "format",
    );
  });

  test("looks into JSON that was encoded again and again", () => {
    let text = JSON.stringify({ error: { message: "Overloaded", type: "overloaded_error" } });
    for (let depth = 0; depth < 3; depth += 1) text = JSON.stringify({ error: { message: text } });
    expect(classifyError({ message: `500: ${text}` }).matched).toBe("anthropic/overloaded");
  });

  test("takes a page's title, not its small print", () => {
    const page =
      "<!doctype html><title>502 Bad Gateway</title><p>quota exceeded, billing, invalid api key</p>";
    expect(classifyError({ message: page })).toMatchObject({
      reason: "timeout",
      matched: "transport/gateway",
    });
  });
});
