import { describe, expect, test } from "vitest";
import { classifyError } from "../src/index.ts";

describe("a vague code", () => {
  const server = (message: string) => ({
    message: JSON.stringify({ error: { type: "server_error", message } }),
  });

  test("gives way to words that say something else", () => {
    expect(classifyError(server("Your balance is insufficient")).reason).toBe("billing");
    expect(classifyError(server("prompt is too long: 9000 tokens > 8192")).reason).toBe("context_overflow");
    expect(classifyError(server("The engine is overloaded")).reason).toBe("overloaded");
  });

  test("decides where the words tell nothing", () => {
    expect(classifyError(server("Oh dear"))).toMatchObject({ reason: "timeout", matched: "openai/server" });
  });

  test("is what is reported where the words say the same", () => {
    const code = { provider: "anthropic", code: "rate_limit_error", message: "Rate limit exceeded" };
    expect(classifyError(code)).toMatchObject({ matched: "anthropic/rate-limit", confidence: 1 });
    expect(classifyError({ ...code, message: "Your credit balance is too low" }).reason).toBe("billing");
  });
});

describe("a status in words", () => {
  test.each([
    "Error: 402 odd",
    "Error 402: odd",
    "Error (402) odd",
    "status=402 odd",
    "402 Bad Request: odd",
    "[402] odd",
    "code: 402, odd",
    "(status 402) odd",
    "APIError: HTTP 402 odd",
    "openai.APIStatusError: 402 odd",
    "Request failed: 402 odd",
    "Example (402): odd",
    "the gateway returned 402",
    "it came back with a 402 response",
    "we got a 402 from the vendor's API",
  ])("is read in %j", (message) => {
    expect(classifyError({ message })).toMatchObject({
      reason: "billing",
      matched: "billing/payment-required",
    });
  });

  test.each([
    "Error: 402 rows differ",
    "Error: 402 of 500 rows differ",
    "failed: 402 !== 200",
    "failed 402 / 500",
    "402 people came",
    "HTTP 402 is the answer for late orders",
    "expected status 402",
    "the api returned 402 invoices",
    "they got 402 votes",
    "got a 402 from the lottery",
  ])("is none in %j", (message) => {
    expect(classifyError({ message }).reason).toBe("none");
  });
});

describe("a program's own failure", () => {
  const message = "psql: error: password authentication failed for user app";

  test("is none of a provider's errors", () => {
    expect(classifyError({ message }).reason).toBe("none");
  });

  test("is one where a status or a code tells so", () => {
    expect(classifyError({ message, status: 401 }).reason).toBe("auth");
    expect(classifyError({ message, code: "invalid_api_key" }).reason).toBe("auth");
  });
});

test("words of a request count without a status only where a part of one is named", () => {
  expect(classifyError({ message: "Error: the language is not supported" }).reason).toBe("none");
  expect(classifyError({ message: "Error: the temperature is not supported" }).reason).toBe("format");
  expect(classifyError({ message: "the language is not supported", status: 400 }).matched).toBe(
    "format/unsupported",
  );
});
