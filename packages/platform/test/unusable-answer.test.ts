import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createPlatform } from "../src/index.ts";
import { KEY_1, setting } from "./chain-setting.ts";
import { modelCall } from "./model-call.ts";
import { openLine } from "./open-line.ts";
import { anySandbox } from "./setting.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** A server that streams these deltas in OpenAI's form, one answer for each call, the last one for ever. */
async function rawServer(...answers: readonly object[]) {
  let calls = 0;
  const server = createServer((request, response) => {
    request.resume();
    const answer = answers[Math.min(calls, answers.length - 1)];
    calls += 1;
    response.writeHead(200, { "content-type": "text/event-stream" });
    const choice = { index: 0, finish_reason: "stop", delta: { role: "assistant" } };
    const { usage, ...delta } = { usage: undefined, ...answer };
    const chunk = { id: "x", choices: [{ ...choice, delta: { ...choice.delta, ...delta } }], usage };
    response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}/v1`, calls: () => calls };
}

const lineTo = (baseUrl: string) =>
  openLine({ provider: "local", model: "m", baseUrl }, { key: "sk-canary-odd-1234" });

const call = (id: unknown, name: unknown, args: unknown) => ({
  tool_calls: [{ index: 0, id, type: "function", function: { name, arguments: args } }],
});

const nested = (levels: number) => `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`;

describe("an answer that no sandbox could take", () => {
  test.each([
    ["a name that is no text", call("c1", 7, "{}")],
    ["arguments that are a list", call("c1", "ls", "[1]")],
    ["arguments that are nothing", call("c1", "ls", "null")],
    ["arguments nested too deep", call("c1", "ls", nested(100))],
    ["arguments nested deeper than the stack", call("c1", "ls", nested(20_000))],
    ["a member __proto__", call("c1", "ls", '{"a":{"__proto__":{"b":1}}}')],
    [
      "too many calls",
      {
        tool_calls: [...Array(201).keys()].map((index) => ({
          ...call(`c${index}`, "ls", "{}").tool_calls[0],
          index,
        })),
      },
    ],
  ])("is a failed attempt, and not stored: %s", async (_, odd) => {
    const { baseUrl, calls } = await rawServer(odd);
    await expect(lineTo(baseUrl).call(modelCall())).rejects.toMatchObject({
      code: "MODEL_CALL_FAILED",
      attempts: [{ matched: "platform/unusable-answer" }],
    });
    expect(calls()).toBe(1);
  });

  test.each([5, { a: 1 }, "x".repeat(300), "a\nb"])("gets ids that are its own: not %j", async (id) => {
    const { baseUrl } = await rawServer(call(id, "ls", "{}"));
    const { message } = await lineTo(baseUrl).call(modelCall());
    expect(message.content).toMatchObject([
      { type: "toolCall", id: expect.stringMatching(/^call_[\w-]{36}$/) },
    ]);
  });

  test("leaves a session that goes on", async () => {
    const { baseUrl } = await rawServer(call(5, 7, "[1]"), { content: "fine" });
    const choice = { provider: "local", model: "m", baseUrl, apiKeys: { local: "none" }, env: {} };
    const platform = createPlatform({ stateDir: temporaryDirectory(), sandbox: anySandbox, ...choice });
    const ws = await platform.createWorkspace("ada");
    const run = () => ws.run({ message: "hi", sessionId: "s", maxRetries: 0 });
    await expect(run()).rejects.toMatchObject({ code: "MODEL_CALL_FAILED" });
    expect((await run()).response).toBe("fine");
    expect((await run()).response).toBe("fine");
  });
});

describe("usage that makes no sense", () => {
  test.each([
    { prompt_tokens: "12", completion_tokens: "7", total_tokens: "19" },
    { prompt_tokens: null, completion_tokens: {}, total_tokens: [] },
    { prompt_tokens: -5, completion_tokens: 1e308 },
  ])("is told as numbers that can be added up: %j", async (usage) => {
    const { baseUrl } = await rawServer({ content: "yes", usage });
    const { message } = await lineTo(baseUrl).call(modelCall());
    const { input, output, cacheRead, cacheWrite, totalTokens, cost } = message.usage;
    for (const amount of [input, output, cacheRead, cacheWrite, totalTokens, cost.total]) {
      expect(amount).toBeGreaterThanOrEqual(0);
      expect(amount).toBeLessThanOrEqual(2 * Number.MAX_SAFE_INTEGER);
    }
  });
});

describe("empty answers to one tenant", () => {
  test("cool nothing down for another who shares the key", async () => {
    const empty = { fault: { emptyAnswer: true as const } };
    const { open } = await setting("openai", {
      keys: [KEY_1],
      fallbacks: ["second"],
      script: ({ messages, model }) =>
        messages.at(-1)?.text === "say nothing" && model === "first" ? empty : { text: model },
    });
    const messages = [{ role: "user" as const, content: "say nothing", timestamp: 1 }];
    const hostile = await open({ userId: "eve" }).call(modelCall({ context: () => ({ messages }) }));
    expect(hostile.model).toBe("second");
    expect(await open({ userId: "ada" }).call(modelCall())).toMatchObject({ model: "first" });
  });
});
