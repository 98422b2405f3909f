import { once } from "node:events";
import { createServer } from "node:http";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classifyError, errorInputOf, HttpStatusError } from "../src/index.ts";

const reasonOf = (error: unknown) => classifyError(errorInputOf(error)).reason;

describe("what can be told of", () => {
  test("a fetch that failed is the code behind it", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    server.close();
    await once(server, "close");
    const error = await fetch(`http://127.0.0.1:${port}`).catch((reason: unknown) => reason);
    expect(errorInputOf(error)).toMatchObject({ code: "ECONNREFUSED" });
    expect(classifyError(errorInputOf(error))).toMatchObject({ reason: "timeout", scope: "provider" });
  });

  test("an abort and a timeout is their name", () => {
    expect(errorInputOf(new DOMException("This operation was aborted", "AbortError")).code).toBe(
      "AbortError",
    );
    expect(errorInputOf(AbortSignal.timeout(0).reason ?? new DOMException("late", "TimeoutError")).code).toBe(
      "TimeoutError",
    );
    expect(reasonOf(new DOMException("The operation was aborted due to timeout", "TimeoutError"))).toBe(
      "timeout",
    );
  });

  test("an OpenAI or Anthropic SDK error is status, code, headers and body", () => {
    const error = Object.assign(new Error("429 You exceeded your current quota"), {
      status: 429,
      code: "insufficient_quota",
      headers: new Headers({ "Retry-After": "7" }),
      error: { message: "You exceeded your current quota", code: "insufficient_quota" },
    });
    expect(errorInputOf(error)).toEqual({
      status: 429,
      code: "insufficient_quota",
      message: "429 You exceeded your current quota",
      headers: { "retry-after": "7" },
      body: { message: "You exceeded your current quota", code: "insufficient_quota" },
    });
  });

  test("an AWS error is its name and its metadata", () => {
    const error = Object.assign(new Error("Too many tokens, please wait"), {
      $metadata: { httpStatusCode: 429 },
    });
    error.name = "ThrottlingException";
    expect(errorInputOf(error)).toMatchObject({ status: 429, code: "ThrottlingException" });
    expect(reasonOf(error)).toBe("rate_limit");
  });

  test("a Vercel AI SDK error that gave up retrying is its last error", () => {
    const lastError = Object.assign(new Error("Overloaded"), {
      statusCode: 529,
      responseHeaders: { "Retry-After": "3" },
      responseBody: '{"error":{"type":"overloaded_error"}}',
    });
    const error = Object.assign(new Error("Failed after 3 attempts. Last error: Overloaded"), { lastError });
    expect(errorInputOf(error)).toMatchObject({ status: 529, headers: { "retry-after": "3" } });
    expect(reasonOf(error)).toBe("overloaded");
  });

  test("an axios error is its response", () => {
    const response = { status: 401, headers: { "x-id": 5 }, data: { error: { message: "Invalid API key" } } };
    const error = Object.assign(new Error("Request failed with status code 401"), {
      code: "ERR_BAD_REQUEST",
      response,
    });
    expect(errorInputOf(error)).toMatchObject({ status: 401, headers: { "x-id": "5" }, body: response.data });
    expect(reasonOf(error)).toBe("auth");
  });

  test("pi-ai's failed answer is its text", () => {
    const answer = {
      role: "assistant",
      provider: "anthropic",
      stopReason: "error",
      errorMessage: "529 Overloaded",
    };
    expect(errorInputOf(answer)).toEqual({ message: "529 Overloaded", provider: "anthropic" });
    expect(reasonOf(answer)).toBe("overloaded");
  });

  test("an HttpStatusError is what the server said, not our own code", () => {
    const error = new HttpStatusError({
      status: 402,
      headers: new Headers({ "X-A": "b" }),
      body: "no money",
    });
    const { message, ...told } = errorInputOf(error);
    expect(told).toEqual({ status: 402, headers: { "x-a": "b" }, body: "no money" });
    expect(message).toContain("402");
  });

  test("several errors at once is the first that says something", () => {
    const error = new AggregateError([new Error("no"), Object.assign(new Error("x"), { code: "ETIMEDOUT" })]);
    expect(errorInputOf(error).code).toBe("ETIMEDOUT");
  });

  test("a mistake of the program is no error of a provider", () => {
    expect(reasonOf(new TypeError("Cannot read properties of undefined (reading 'content')"))).toBe("none");
    expect(reasonOf(undefined)).toBe("none");
  });
});

test("a cycle of causes ends", () => {
  const error: Error & { cause?: unknown } = new Error("first");
  error.cause = Object.assign(new Error("second"), { cause: error });
  expect(errorInputOf(error).message).toBe("first\nsecond");
});

test("what cannot be read is left out", () => {
  const hostile = new Proxy(new Error("hidden"), {
    get: () => {
      throw new Error("no");
    },
    getPrototypeOf: () => null,
  });
  expect(errorInputOf(hostile)).toEqual({});
  expect(errorInputOf({ message: "said", headers: hostile, body: hostile })).toMatchObject({
    message: "said",
  });
});

test("anything that is thrown can be read and classified", () => {
  const names = fc.constantFrom(
    "message",
    "status",
    "code",
    "headers",
    "body",
    "cause",
    "response",
    "error",
    "errors",
  );
  const thrown = fc.oneof(fc.anything(), fc.dictionary(names, fc.anything()));
  fc.assert(
    fc.property(thrown, (error) => {
      classifyError(errorInputOf(error));
      classifyError(errorInputOf(Object.assign(new Error("outer"), { cause: error })));
    }),
    { numRuns: 2_000 },
  );
});
