import type { AnswerFunction, ModelRequest, ProtocolName } from "@cloison/testing";
import { describe, expect, test } from "vitest";
import { createBroker, type LineRequest } from "../src/broker/broker.ts";
import { modelServer } from "./model-server.ts";
import { keyLists, lineRequest } from "./open-line.ts";
import { bash, KEY, listen, setting } from "./setting.ts";
import { createSleeplessClock } from "./sleepless-clock.ts";
import { expectWhole, openTurns } from "./turns-setting.ts";

const KEYS = { local: "sk-canary-openai-aaaa", anthropic: "sk-canary-anthropic-bbbb" };

/** Two models behind two protocols, of which the given one is asked first. */
async function twoProviders(first: ProtocolName, script: AnswerFunction, request: Partial<LineRequest> = {}) {
  const server = await modelServer(script);
  const clock = createSleeplessClock();
  const openai = { provider: "local", model: "gpt", baseUrl: server.baseUrls.openai };
  const anthropic = { provider: "anthropic", model: "claude", baseUrl: server.baseUrls.anthropic };
  const [main, other] = first === "openai" ? [openai, anthropic] : [anthropic, openai];
  const broker = createBroker({ apiKeys: keyLists(KEYS), env: {} }, { clock, random: () => 0 });
  const line = broker.open(lineRequest(main, { fallbacks: [other], ...request }));
  return { server, clock, main, other, line };
}

/** How many answers a request's conversation holds. */
function turnOf({ messages }: ModelRequest): number {
  return messages.filter(({ role }) => role === "assistant").length + 1;
}

const down = { fault: { status: 529 } };
const calls = (...names: string[]) => ({
  thinking: "let me see",
  text: "I look",
  toolCalls: names.map((name) => ({ name: "bash", arguments: { command: name } })),
});

describe.each(["openai", "anthropic"] as const)("a run that begins with the %s protocol", (first) => {
  test("goes on with the other in its middle, and comes back, with all tool calls and results", async () => {
    const other: ProtocolName = first === "openai" ? "anthropic" : "openai";
    // Who is down in which turn.
    const ill: Readonly<Record<number, ProtocolName>> = { 2: first, 3: other };
    const setup = await twoProviders(first, (request) => {
      const turn = turnOf(request);
      if (ill[turn] === request.protocol) return down;
      return turn < 4 ? calls(`a${turn}`, `b${turn}`) : { text: "done" };
    });
    const { server, line, clock, main } = setup;
    // Whoever was down is well again hours later.
    const { talk, turns, entries } = await openTurns(line, () => clock.advance(7_200_000));
    expect(await talk("go")).toBe(4);
    expect(server.requests.map((request) => [turnOf(request), request.protocol, request.refusal])).toEqual([
      [1, first, undefined],
      [2, first, undefined],
      [2, other, undefined],
      [3, first, undefined],
      [4, first, undefined],
    ]);
    const last = server.requests.at(-1)?.messages ?? [];
    expect(last.map(({ role }) => role)).toEqual([
      "user",
      ...Array.from({ length: 3 }, () => ["assistant", "tool"]).flat(),
    ]);
    expect(last.flatMap(({ toolCalls }) => toolCalls.map((call) => call.arguments))).toEqual(
      ["a1", "b1", "a2", "b2", "a3", "b3"].map((command) => ({ command })),
    );
    const stored = await entries();
    expectWhole(stored);
    const changes = stored.flatMap(({ type, modelId }) => (type === "model_change" ? modelId : []));
    expect(changes).toEqual([main.model, setup.other.model, main.model]);
    expect(turns.outcome()).toMatchObject({ provider: main.provider, model: main.model, turns: 4 });
    expect(turns.outcome().attempts.map(({ turn, status }) => [turn, status])).toEqual([
      [1, undefined],
      [2, 529],
      [2, undefined],
      [3, undefined],
      [4, undefined],
    ]);
  });

  test("stores no half answer, and tells whoever listens that what it heard is void", async () => {
    const half = { ...calls("rm"), fault: { cutAfterChunks: 6 } };
    const setup = await twoProviders(first, ({ protocol }) =>
      protocol === first ? half : { text: "whole" },
    );
    const { talk, events, entries } = await openTurns(setup.line);
    expect(await talk("go")).toBe(1);
    const told = events.filter(({ type }) => type.endsWith("delta") || type === "answer_discarded");
    const discarded = told.findIndex(({ type }) => type === "answer_discarded");
    expect(discarded).toBeGreaterThan(0);
    const after = told.slice(discarded + 1).map((event) => (event.type === "text_delta" ? event.text : ""));
    expect(after.join("")).toBe("whole");
    const stored = await entries();
    expect(stored.map(({ type, message }) => message?.role ?? type)).toEqual([
      "user",
      "model_change",
      "assistant",
    ]);
    expectWhole(stored);
  });

  test("sums what it has spent by model and key, and fails with all attempts of the run", async () => {
    const usage = { inputTokens: 10, outputTokens: 5 };
    const setup = await twoProviders(
      first,
      (request) => {
        if (turnOf(request) === 3 || (turnOf(request) === 2 && request.protocol === first)) return down;
        return { ...calls("a"), usage };
      },
      { deadlineMs: 30_000 },
    );
    const { talk, turns, entries } = await openTurns(setup.line);
    const error = await talk("go").catch((error: unknown) => error);
    const total = { input: 20, output: 10, totalTokens: 30 };
    expect(error).toMatchObject({ code: "MODEL_CALL_FAILED", status: 529, usage: total });
    expect(turns.failure).toBe(error);
    const { usageBy, attempts } = turns.outcome();
    const last4 = ({ provider }: { provider: string }) => `…${provider === "local" ? "aaaa" : "bbbb"}`;
    expect(usageBy).toMatchObject(
      [setup.main, setup.other].map((target) => ({
        provider: target.provider,
        model: target.model,
        key: last4(target),
        calls: 1,
        usage: { totalTokens: 15 },
      })),
    );
    expect(error).toHaveProperty("attempts", attempts);
    expect(attempts.map(({ turn }) => turn)).toEqual([1, 2, 2, 3]);
    expect(JSON.stringify([error, String(error), attempts, usageBy])).not.toContain("sk-canary");
    // The last tool result is stored; the next run goes on from it.
    expectWhole(await entries());
  });
});

describe("a run in a sandbox", () => {
  test("falls back in its middle to a model of its workspace, with a key from the environment", async () => {
    const {
      ws: _,
      server,
      platform,
    } = await setting(
      ({ model, messages }) => {
        if (model === "scripted" && messages.length > 1) return { fault: { status: 503 } };
        return messages.length > 1 ? { text: "it says hello" } : bash("echo hello");
      },
      { env: { ANTHROPIC_API_KEYS: "sk-canary-of-env-1111, sk-canary-of-env-2222" } },
    );
    const ws = await platform.createWorkspace("bob", {
      fallbacks: [{ provider: "anthropic", model: "spare", baseUrl: server.baseUrls.anthropic }],
    });
    const { events, onEvent } = listen();
    const result = await ws.run({ message: "go", maxRetries: 0, onEvent });
    expect(result).toMatchObject({
      response: "it says hello",
      provider: "anthropic",
      model: "spare",
      turns: 2,
    });
    expect(result.attempts.map(({ turn, model, outcome }) => `${turn} ${model} ${outcome}`)).toEqual([
      "1 scripted ok",
      "2 scripted overloaded",
      "2 spare ok",
    ]);
    expect(server.requests.map(({ apiKey }) => apiKey)).toEqual([KEY, KEY, "sk-canary-of-env-1111"]);
    expect(JSON.stringify([events, result])).not.toContain("sk-canary");
  });

  test("keeps to its key in the session's next run, and uses another when that one's limit is reached", async () => {
    const keys = ["sk-canary-rotate-1111", "sk-canary-rotate-2222"];
    const limited = new Set<string>();
    const { ws, server } = await setting(
      ({ apiKey = "" }) =>
        limited.has(apiKey) ? { fault: { status: 429, headers: { "retry-after": "60" } } } : { text: "yes" },
      { apiKeys: { openai: keys } },
    );
    const run = (sessionId: string) => ws.run({ message: "go", sessionId });
    await run("a");
    await run("b");
    await run("a");
    limited.add(keys[0] ?? "");
    await run("a");
    await run("a");
    expect(server.requests.map(({ apiKey }) => keys.indexOf(apiKey ?? "") + 1)).toEqual([1, 2, 1, 1, 2, 2]);
  });

  test("refuses unknown fallbacks at once, and asks none for the want of a key", async () => {
    const { ws, server } = await setting([{ fault: { status: 401 } }]);
    const unknown = ws.run({ message: "go", fallbacks: ["nobody/model"] });
    await expect(unknown).rejects.toMatchObject({ code: "UNKNOWN_PROVIDER", provider: "nobody" });
    const keyless = ws.run({ message: "go", fallbacks: ["groq/llama"] });
    await expect(keyless).rejects.toMatchObject({ code: "MODEL_CALL_FAILED", reason: "auth" });
    await expect(keyless).rejects.toThrow("not asked, as no key is given: groq/llama (GROQ_API_KEY)");
    expect(server.requests).toHaveLength(1);
  });

  test("gives up a model that hangs in time for the next one, in mid-stream too", async () => {
    const { ws, server } = await setting(({ model }, { index }) => {
      if (index === 0) return { fault: { hang: true } };
      return model === "scripted"
        ? { text: "half of an answer ".repeat(200), chunkSize: 5, chunkDelayMs: 20 }
        : { text: "here" };
    });
    const { events, onEvent } = listen();
    const fallbacks = [{ provider: "openai", model: "spare", baseUrl: server.baseUrls.openai }];
    const result = await ws.run({ message: "go", fallbacks, maxRetries: 1, attemptTimeoutMs: 1000, onEvent });
    const late = { outcome: "timeout", matched: "platform/attempt-timeout" };
    expect(result).toMatchObject({
      response: "here",
      attempts: [
        { ...late, message: "no whole answer within 1 s (attemptTimeoutMs)" },
        late,
        { model: "spare" },
      ],
    });
    const told = events.filter(({ type }) => type === "text_delta" || type === "answer_discarded");
    expect(told[0]).toMatchObject({ text: "half " });
    const discarded = told.findIndex(({ type }) => type === "answer_discarded");
    expect(discarded).toBeGreaterThan(0);
    expect(told.slice(discarded + 1)).toMatchObject([{ type: "text_delta", text: "here" }]);
    await expect(ws.run({ message: "go", attemptTimeoutMs: 0 })).rejects.toThrow("attemptTimeoutMs must be");
  });
});
