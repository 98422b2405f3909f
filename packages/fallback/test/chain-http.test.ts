import { type ModelScript, startModelServer } from "@cloison/testing";
import { describe, expect, it } from "vitest";
import {
  type Attempt,
  type ChainEvent,
  ChainExhaustedError,
  createFallback,
  type FallbackOptions,
  type FallbackRunOptions,
  requireOk,
} from "../src/index.ts";
import { createJumpingClock, START } from "./support/fake-clock.ts";

const keys = { one: ["key-of-one-number-0001", "key-of-one-number-0002"], two: "key-of-two-number-0003" };

interface Setting extends Partial<FallbackOptions> {
  readonly script: ModelScript;
  readonly run?: FallbackRunOptions;
  /** What is said to the model, by the number of the attempt. */
  readonly say?: (attempt: Attempt) => string;
}

/** Asks a scripted server over HTTP with plain `fetch`, which knows neither of chains nor of retries. */
async function ask({ script, run = {}, say = () => "Hi", ...options }: Setting) {
  await using server = await startModelServer({ script });
  const clock = createJumpingClock();
  const events: ChainEvent[] = [];
  const chain = createFallback({
    ...{ candidates: ["one/m1", "two/m2"], keys, clock, random: () => 0.5 },
    ...options,
    onEvent: (event) => void events.push(event),
  });
  const task = async (attempt: Attempt) => {
    const { model, key, signal } = attempt;
    const messages = [{ role: "user", content: say(attempt) }];
    const response = await fetch(`${server.baseUrls.openai}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model, messages, stream: true }),
      signal,
    });
    return (await requireOk(response)).text();
  };
  const ended: unknown = await chain.run(task, run).catch((error: unknown) => error);
  const ends = await Promise.all(server.requests.map(({ ended }) => ended));
  const asked = server.requests.map(({ model, apiKey }) => `${model} …${apiKey?.slice(-4)}`);
  expect(server.errors).toEqual([]);
  return { asked, ended, events, sleeps: clock.sleeps, requests: server.requests, ends };
}

const answer = { text: "Here I am." };

describe("a chain over HTTP", () => {
  it("429 with retry-after on the first key: the second key answers, at once", async () => {
    const limited = { fault: { status: 429, headers: { "retry-after": "7" } } };
    const { asked, ended, events, sleeps } = await ask({ script: [limited, answer] });
    expect(asked).toEqual(["m1 …0001", "m1 …0002"]);
    expect(ended).toMatchObject({ value: expect.stringContaining("Here"), key: "…0002" });
    expect(sleeps).toEqual([]);
    expect(events.find(({ type }) => type === "cooldown")).toMatchObject({
      key: "…0001",
      reason: "rate_limit",
      until: START + 7000,
    });
  });

  it.each([
    ["seconds", "7", 7000],
    ["a date", new Date(START + 9000).toUTCString(), 9000],
  ])("429 with retry-after in %s on the only key: waits exactly that long", async (_, retryAfter, waitMs) => {
    const limited = { fault: { status: 429, headers: { "retry-after": retryAfter } } };
    const { asked, sleeps } = await ask({ script: [limited, answer], candidates: ["two/m2"] });
    expect(asked).toEqual(["m2 …0003", "m2 …0003"]);
    expect(sleeps).toEqual([waitMs]);
  });

  it("529: the same again with backoff, then the next model", async () => {
    const overloaded = { fault: { status: 529 } };
    const { asked, sleeps } = await ask({ script: [overloaded, overloaded, overloaded, answer] });
    expect(asked).toEqual(["m1 …0001", "m1 …0001", "m1 …0001", "m2 …0003"]);
    expect(sleeps).toEqual([250, 500]);
  });

  it("401: the other key, and the first one is parked for all its models", async () => {
    const refused = { fault: { status: 401 } };
    const { asked } = await ask({
      script: [refused, refused, answer],
      candidates: ["one/m1", "one/m3", "two/m2"],
    });
    expect(asked).toEqual(["m1 …0001", "m1 …0002", "m2 …0003"]);
  });

  it("400 for its length: asks to make it shorter, and sends it again", async () => {
    const message =
      "This model's maximum context length is 8192 tokens. Your messages resulted in 9000 tokens.";
    const tooLong = {
      fault: { status: 400, body: { error: { message, code: "context_length_exceeded" } } },
    };
    const { asked, requests } = await ask({
      script: [tooLong, answer],
      say: ({ number }) => (number === 1 ? "far too long" : "short"),
      run: { onContextOverflow: () => "retry" },
    });
    expect(asked).toEqual(["m1 …0001", "m1 …0001"]);
    expect(JSON.stringify(requests.map(({ messages }) => messages))).toMatch(/far too long.*short/);
  });

  it("an answer that is cut off: asks the same again", async () => {
    const { asked, ended, ends } = await ask({
      script: [{ ...answer, fault: { cutAfterChunks: 2 } }, answer],
    });
    expect(ends).toEqual(["cut", "answered"]);
    expect(asked).toEqual(["m1 …0001", "m1 …0001"]);
    expect(ended).toMatchObject({ attempts: [{ outcome: "timeout" }, { outcome: "ok" }] });
  });

  it("no answer: ends the request at the attempt's timeout, and asks the next", async () => {
    const timers = new Map<number, () => void>();
    const after = (ms: number, call: () => void) => {
      timers.set(ms, call);
      return () => void timers.delete(ms);
    };
    const { asked, ends } = await ask({
      script: (_, { index }) => {
        if (index > 0) return answer;
        // The time is over when the request has come.
        setImmediate(() => timers.get(5000)?.());
        return { fault: { hang: true } };
      },
      attempts: 1,
      attemptTimeoutMs: 5000,
      clock: { ...createJumpingClock(), after },
    });
    expect(asked).toEqual(["m1 …0001", "m2 …0003"]);
    expect(ends).toEqual(["aborted", "answered"]);
  });

  it("a host that nobody listens at: the next provider, not the next model of the same", async () => {
    const server = await startModelServer({ script: [] });
    await server.close();
    const asked: string[] = [];
    const chain = createFallback({ candidates: ["one/m1", "one/m3", "two/m2"], attempts: 1 });
    const { attempts } = await chain.run(async ({ provider, model }) => {
      asked.push(model);
      return provider === "one" ? fetch(server.url) : undefined;
    });
    expect(asked).toEqual(["m1", "m2"]);
    expect(attempts[0]).toMatchObject({
      outcome: "timeout",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  it("tells what the server said, without the key that it says back", async () => {
    const message = `Incorrect API key provided: ${keys.one[0]}.`;
    const refused = { fault: { status: 401, body: { error: { message, type: "invalid_request_error" } } } };
    const page = {
      fault: { status: 403, body: "<html><title>Access denied</title><p>small print</p></html>" },
    };
    const { ended } = await ask({ script: [refused, page, answer] });
    expect(ended).toMatchObject({
      attempts: [
        { status: 401, message: expect.stringContaining("401: Incorrect API key provided: …0001.") },
        { status: 403, message: "403: Access denied" },
        { outcome: "ok" },
      ],
    });
  });

  it("all down: an error with every attempt, long before the deadline", async () => {
    const { asked, ended, sleeps } = await ask({
      script: () => ({ fault: { status: 503 } }),
      run: { deadlineMs: 30_000 },
    });
    expect(asked).toEqual([...Array(3).fill("m1 …0001"), ...Array(3).fill("m2 …0003")]);
    expect(ended).toBeInstanceOf(ChainExhaustedError);
    expect(ended).toMatchObject({
      attempts: Array(6).fill({ status: 503 }),
      retryAfterMs: expect.any(Number),
    });
    expect(sleeps).toEqual([250, 500, 250, 500]);
  });
});
