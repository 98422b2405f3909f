import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { ChainError, createFallback } from "../src/index.ts";
import { createFakeClock, START } from "./support/fake-clock.ts";

/** What a chain makes of an error that its task throws. */
async function read(error: unknown) {
  const clock = createFakeClock();
  const chain = createFallback({ candidates: ["openai/any"], attempts: 1, clock });
  const ended: unknown = await chain
    .run(async () => {
      throw error;
    })
    .catch((thrown: unknown) => thrown);
  return ended instanceof ChainError ? ended.classification : undefined;
}

const headers = { "retry-after": "7" };
const body = { error: { type: "insufficient_quota", code: "insufficient_quota", message: "No credit." } };
const failed = (fields: object) => Object.assign(new Error("it failed"), fields);

describe("what an error of a task means is read from", () => {
  it.each([
    ["its status", failed({ status: 429 })],
    ["the status of the Vercel SDK", failed({ statusCode: 429 })],
    ["the response that it carries", failed({ response: new Response(null, { status: 429 }) })],
    ["the response that it is", new Response("", { status: 429 })],
    ["axios's response", failed({ response: { status: 429, headers, data: "" } })],
    ["its cause", new Error("the task failed", { cause: failed({ status: 429 }) })],
    ["its words", new Error("429 Too Many Requests")],
    ["itself, if it is a text", "429 Too Many Requests"],
  ])("%s", async (_, error) => {
    expect(await read(error)).toMatchObject({ reason: "rate_limit", scope: "key" });
  });

  it.each([
    ["its body", failed({ status: 429, body })],
    ["its body as text", failed({ status: 429, body: JSON.stringify(body) })],
    ["the OpenAI SDK's `error`", failed({ status: 429, error: body.error })],
    ["the Vercel SDK's `responseBody`", failed({ statusCode: 429, responseBody: JSON.stringify(body) })],
    ["axios's `data`", failed({ response: { status: 429, data: body } })],
    ["its code", failed({ status: 429, code: "insufficient_quota" })],
  ])("%s", async (_, error) => {
    expect(await read(error)).toMatchObject({ reason: "billing" });
  });

  it.each([
    ["its headers", failed({ status: 429, headers })],
    ["Headers", failed({ status: 429, headers: new Headers(headers) })],
    ["the Vercel SDK's headers", failed({ statusCode: 429, responseHeaders: headers })],
    ["its response's headers", failed({ response: new Response(null, { status: 429, headers }) })],
    [
      "a date in them",
      failed({ status: 429, headers: { "retry-after": new Date(START + 7000).toUTCString() } }),
    ],
  ])("%s, for when to come again", async (_, error) => {
    expect(await read(error)).toMatchObject({ reason: "rate_limit", retryAfterMs: 7000 });
  });

  it("the system's code beneath `fetch failed`", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    const port = typeof address === "object" ? address?.port : undefined;
    const error: unknown = await fetch(`http://127.0.0.1:${port}`).catch((thrown: unknown) => thrown);
    expect(await read(error)).toMatchObject({ reason: "timeout", scope: "provider" });
  });

  it("the timeout of a signal", async () => {
    expect(await read(new DOMException("The operation timed out.", "TimeoutError"))).toMatchObject({
      reason: "timeout",
    });
  });
});

describe("no provider's error is seen in", () => {
  it.each([
    ["a mistake of the task's", new TypeError("Cannot read properties of undefined (reading 'choices')")],
    ["nothing", undefined],
    ["null", null],
    ["a status that is a word", failed({ status: "done", code: {}, headers: "none", body: new Map() })],
  ])("%s", async (_, error) => {
    expect(await read(error)).toMatchObject({ reason: "none", scope: "request" });
  });

  it("causes that go round in a circle", async () => {
    const error = new Error("a mistake");
    error.cause = error;
    expect(await read(error)).toMatchObject({ reason: "none" });
  });
});
