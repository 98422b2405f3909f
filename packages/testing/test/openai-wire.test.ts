import { describe, expect, it } from "vitest";
import { type ModelReply, startModelServer } from "../src/index.ts";
import { parseEvents, post } from "./http-client.ts";

async function streamOf(reply: ModelReply, fields: object = {}) {
  await using server = await startModelServer({ script: [reply] });
  const response = await post(server, "openai", { stream: true, ...fields });
  return { response, events: parseEvents(await response.text()).map((event) => event.data) };
}

const chunk = (delta: object, finish_reason: string | null = null) =>
  expect.objectContaining({ choices: [{ index: 0, delta, logprobs: null, finish_reason }] });

describe("an OpenAI stream", () => {
  it("starts with the role, sends the text in pieces and ends with [DONE]", async () => {
    const { response, events } = await streamOf({ text: "Hello world", chunkSize: 6 });
    expect(response.headers.get("content-type")).toMatch("text/event-stream");
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
    expect(events).toEqual([
      chunk({ role: "assistant", content: "", refusal: null }),
      chunk({ content: "Hello " }),
      chunk({ content: "world" }),
      chunk({}, "stop"),
      "[DONE]",
    ]);
  });

  it("gives all chunks the same id, object, time and model", async () => {
    const { events } = await streamOf({ text: "Hello world" }, { model: "gpt-test" });
    const heads = events.slice(0, -1).map((event) => {
      const { choices, ...head } = event as Record<string, unknown>;
      return head;
    });
    expect(new Set(heads.map((head) => JSON.stringify(head))).size).toBe(1);
    expect(heads[0]).toMatchObject({ object: "chat.completion.chunk", model: "gpt-test" });
    expect(heads[0]).not.toHaveProperty("usage");
    expect(heads[0]?.id).toMatch(/^chatcmpl-\w{29}$/);
    expect(Math.abs(Number(heads[0]?.created) - Date.now() / 1000)).toBeLessThan(3600); // seconds, not milliseconds
  });

  it("reports usage in a last chunk without choices, and null before, when asked to", async () => {
    const usage = {
      inputTokens: 10,
      outputTokens: 5,
      cacheReadTokens: 3,
      cacheWriteTokens: 2,
      reasoningTokens: 1,
    };
    const { events } = await streamOf({ text: "x", usage }, { stream_options: { include_usage: true } });
    expect(events.slice(0, -2)).toEqual(Array(3).fill(expect.objectContaining({ usage: null })));
    expect(events.at(-2)).toMatchObject({
      choices: [],
      usage: {
        prompt_tokens: 15,
        completion_tokens: 5,
        total_tokens: 20,
        prompt_tokens_details: { cached_tokens: 3 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    });
  });

  it("names a tool call once and sends its arguments in pieces, call after call", async () => {
    const toolCalls = [
      { id: "call_1", name: "read", arguments: { a: 1 } },
      { id: "call_2", name: "ls", arguments: {} },
    ];
    const { events } = await streamOf({ toolCalls, chunkSize: 4 });
    const start = (index: number, id: string, name: string) =>
      chunk({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] });
    const piece = (index: number, text: string) =>
      chunk({ tool_calls: [{ index, function: { arguments: text } }] });
    expect(events).toEqual([
      chunk({ role: "assistant", content: null, refusal: null }),
      start(0, "call_1", "read"),
      piece(0, '{"a"'),
      piece(0, ":1}"),
      start(1, "call_2", "ls"),
      piece(1, "{}"),
      chunk({}, "tool_calls"),
      "[DONE]",
    ]);
  });

  it("never cuts inside a character", async () => {
    const { events } = await streamOf({ text: "🥊🥊🥊", chunkSize: 1 });
    expect(events.slice(1, 4)).toEqual(Array(3).fill(chunk({ content: "🥊" })));
  });
});

describe("an OpenAI answer without streaming", () => {
  it("is one chat.completion object", async () => {
    await using server = await startModelServer({
      script: [
        { text: "Hi", thinking: "hm", toolCalls: [{ id: "call_1", name: "ls", arguments: { a: 1 } }] },
      ],
    });
    const response = await post(server, "openai");
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toMatchObject({
      object: "chat.completion",
      choices: [
        {
          index: 0,
          finish_reason: "tool_calls",
          message: {
            role: "assistant",
            content: "Hi",
            reasoning_content: "hm",
            refusal: null,
            tool_calls: [{ id: "call_1", type: "function", function: { name: "ls", arguments: '{"a":1}' } }],
          },
        },
      ],
      usage: { total_tokens: expect.any(Number) },
    });
  });
});
