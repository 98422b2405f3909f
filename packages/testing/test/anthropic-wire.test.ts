import { describe, expect, it } from "vitest";
import { type ModelReply, startModelServer } from "../src/index.ts";
import { parseEvents, post } from "./http-client.ts";

async function streamOf(reply: ModelReply, fields: object = {}) {
  await using server = await startModelServer({ script: [reply] });
  const response = await post(server, "anthropic", { stream: true, ...fields });
  const events = parseEvents(await response.text());
  for (const { event, data } of events) expect(data).toMatchObject({ type: event });
  return { response, events: events.map((event) => event.data) };
}

const usage = {
  inputTokens: 10,
  outputTokens: 5,
  cacheReadTokens: 3,
  cacheWriteTokens: 2,
  reasoningTokens: 1,
};
const inputUsage = { input_tokens: 10, cache_creation_input_tokens: 2, cache_read_input_tokens: 3 };
const delta = (index: number, fields: object) => ({ type: "content_block_delta", index, delta: fields });
const start = (index: number, content_block: object) => ({
  type: "content_block_start",
  index,
  content_block,
});
const stop = (index: number) => ({ type: "content_block_stop", index });

describe("an Anthropic stream", () => {
  it("frames text, usage and a ping from message_start to message_stop", async () => {
    const { response, events } = await streamOf(
      { text: "Hello world", chunkSize: 6, usage },
      { model: "claude-x" },
    );
    expect(response.headers.get("content-type")).toMatch("text/event-stream");
    expect(response.headers.get("request-id")).toMatch(/^req_/);
    expect(events).toEqual([
      {
        type: "message_start",
        message: {
          id: expect.stringMatching(/^msg_01\w{22}$/),
          type: "message",
          role: "assistant",
          model: "claude-x",
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { ...inputUsage, output_tokens: 1, service_tier: "standard" },
        },
      },
      start(0, { type: "text", text: "" }),
      { type: "ping" },
      delta(0, { type: "text_delta", text: "Hello " }),
      delta(0, { type: "text_delta", text: "world" }),
      stop(0),
      {
        type: "message_delta",
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: { ...inputUsage, output_tokens: 5, output_tokens_details: { thinking_tokens: 1 } },
      },
      { type: "message_stop" },
    ]);
  });

  it("sends thinking with its signature, then each tool call's input in pieces", async () => {
    const toolCalls = [
      { id: "toolu_1", name: "read", arguments: { a: 1 } },
      { id: "toolu_2", name: "ls", arguments: {} },
    ];
    const { events } = await streamOf({ thinking: "hm", toolCalls, chunkSize: 4 });
    expect(events.slice(1, -2)).toEqual([
      start(0, { type: "thinking", thinking: "", signature: "" }),
      { type: "ping" },
      delta(0, { type: "thinking_delta", thinking: "hm" }),
      delta(0, { type: "signature_delta", signature: expect.stringMatching(/^[\w+/=]{100,}$/) }),
      stop(0),
      start(1, { type: "tool_use", id: "toolu_1", name: "read", input: {} }),
      delta(1, { type: "input_json_delta", partial_json: "" }),
      delta(1, { type: "input_json_delta", partial_json: '{"a"' }),
      delta(1, { type: "input_json_delta", partial_json: ":1}" }),
      stop(1),
      start(2, { type: "tool_use", id: "toolu_2", name: "ls", input: {} }),
      delta(2, { type: "input_json_delta", partial_json: "" }),
      delta(2, { type: "input_json_delta", partial_json: "{}" }),
      stop(2),
    ]);
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: "tool_use" } });
  });
});

describe("an Anthropic answer without streaming", () => {
  it("is one message object", async () => {
    await using server = await startModelServer({
      script: [
        {
          text: "Hi",
          thinking: "hm",
          toolCalls: [{ id: "toolu_1", name: "ls", arguments: { a: 1 } }],
          usage,
        },
      ],
    });
    const response = await post(server, "anthropic");
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toMatchObject({
      type: "message",
      role: "assistant",
      content: [
        { type: "thinking", thinking: "hm" },
        { type: "text", text: "Hi" },
        { type: "tool_use", id: "toolu_1", name: "ls", input: { a: 1 } },
      ],
      stop_reason: "tool_use",
      usage: { ...inputUsage, output_tokens: 5 },
    });
  });
});
