import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createBroker } from "../src/broker/broker.ts";
import { listening, setting } from "./chain-setting.ts";
import { modelCall } from "./model-call.ts";
import { modelServer } from "./model-server.ts";
import { keyLists, lineRequest, openLine } from "./open-line.ts";
import { createSleeplessClock } from "./sleepless-clock.ts";

const KEY = "sk-canary-limits-1234";

describe("a provider's error without an end", () => {
  test("is read in its beginning only", async () => {
    let closed: Promise<unknown> | undefined;
    const server = createServer((_, response) => {
      closed = once(response, "close");
      response.writeHead(401, { "content-type": "text/plain" });
      const page = "no such key ".repeat(1000);
      const goOn = () => {
        while (response.writable && response.write(page));
      };
      response.on("drain", goOn);
      goOn();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const line = openLine(
      { provider: "local", model: "m", baseUrl: `http://127.0.0.1:${port}` },
      { key: KEY },
    );
    const error = await line.call(modelCall()).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "MODEL_CALL_FAILED", status: 401 });
    expect(String(error).length).toBeLessThan(3000);
    await closed;
  });
});

describe("an abort in the middle of an answer", () => {
  test("still counts what the provider has told", async () => {
    const script = [{ text: "x".repeat(400), chunkDelayMs: 5, usage: { inputTokens: 100 } }];
    const { open } = await setting("anthropic", { script });
    const { heard, call } = listening();
    const abort = new AbortController();
    const onText = () => abort.abort(new Error("enough"));
    await expect(open().call(modelCall({ ...call, onText, signal: abort.signal }))).rejects.toThrow("enough");
    expect(heard.spent).toMatchObject([{ usage: { input: 100 }, answer: undefined }]);
    expect(heard.discarded).toBe(1);
  });
});

describe("a run that has one model only", () => {
  test("is not made to wait by two failures before it, but by a reached limit", async () => {
    const { open, clock } = await setting("openai", {
      keys: [KEY],
      script: [
        { fault: { status: 503 } },
        { fault: { status: 503 } },
        { text: "yes" },
        { fault: { status: 429, headers: { "retry-after": "7" } } },
        { text: "yes" },
      ],
    });
    const once = () => open({ maxRetries: 0 }).call(modelCall());
    await expect(once()).rejects.toMatchObject({ status: 503 });
    await expect(once()).rejects.toMatchObject({ status: 503 });
    await once();
    expect(clock.sleeps).toEqual([]);
    await expect(once()).rejects.toMatchObject({ reason: "rate_limit", retryAfterMs: 7000 });
    await once();
    expect(clock.sleeps).toEqual([7000]);
  });
});

describe("a model and key that rest for longer than the deadline", () => {
  test("are an error at once that says when, without a call", async () => {
    const { open, server } = await setting("openai", {
      keys: [KEY],
      script: [{ fault: { status: 429, headers: { "retry-after": "90" } } }],
    });
    const call = () => open({ deadlineMs: 20_000 }).call(modelCall());
    await expect(call()).rejects.toThrow();
    await expect(call()).rejects.toMatchObject({
      code: "MODEL_CALL_FAILED",
      reason: "rate_limit",
      retryAfterMs: 90_000,
      attempts: [],
      message: expect.stringMatching(/no model was asked, as local\/first rests .*\(rate_limit\): wait 90 s/),
    });
    expect(server.requests).toHaveLength(1);
  });
});

describe("a fallback", () => {
  test("that its catalogue does not hold, or that has no key, is passed over", async () => {
    const server = await modelServer(({ model }) =>
      model === "last" ? { text: "yes" } : { fault: { status: 404 } },
    );
    const local = (model: string) => ({ provider: "local", model, baseUrl: server.baseUrls.openai });
    const broker = createBroker(
      { apiKeys: keyLists({ local: KEY, groq: KEY }), env: {} },
      { clock: createSleeplessClock() },
    );
    const fallbacks = [
      { provider: "groq", model: "no-such-model", baseUrl: undefined },
      { provider: "keyless", model: "m", baseUrl: server.baseUrls.openai },
      local("last"),
    ];
    const { attempts, model } = await broker
      .open(lineRequest(local("first"), { fallbacks }))
      .call(modelCall());
    expect(model).toBe("last");
    expect(attempts.map(({ model, matched }) => [model, matched])).toEqual([
      ["first", expect.any(String)],
      ["no-such-model", "platform/not-in-catalogue"],
      ["last", undefined],
    ]);
  });

  test("does not help against the want of any key", () => {
    const broker = createBroker({ apiKeys: new Map(), env: {} });
    const [first, other] = ["groq", "mistral"].map((provider) => ({
      provider,
      model: "m",
      baseUrl: "http://a",
    }));
    if (first === undefined || other === undefined) return;
    expect(() => broker.open(lineRequest(first, { fallbacks: [other] }))).toThrow(
      expect.objectContaining({ code: "MISSING_API_KEY", variable: "GROQ_API_KEY" }),
    );
    const request = lineRequest(first, { fallbacks: [other], apiKeys: keyLists({ mistral: KEY }) });
    expect(broker.open(request).provider).toBe("groq");
  });
});
