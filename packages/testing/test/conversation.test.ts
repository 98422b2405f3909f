import { describe, expect, it } from "vitest";
import { checkConversation, type ProtocolName, startModelServer } from "../src/index.ts";
import { errorOf, post, postRaw } from "./http-client.ts";

const user = { role: "user", content: "hi" };
const call = (id: string) => ({ id, type: "function", function: { name: "read", arguments: "{}" } });
const calls = (...ids: string[]) => ({ role: "assistant", content: null, tool_calls: ids.map(call) });
const tool = (id: string) => ({ role: "tool", tool_call_id: id, content: "text" });

const use = (id: string) => ({ type: "tool_use", id, name: "read", input: {} });
const uses = (...ids: string[]) => ({ role: "assistant", content: ids.map(use) });
const result = (id: string) => ({ type: "tool_result", tool_use_id: id, content: "text" });
const results = (...ids: string[]) => ({ role: "user", content: ids.map(result) });
const text = (words: string) => ({ type: "text", text: words });

type Case = [name: string, messages: unknown, message: RegExp, param?: string];

const openAi: Case[] = [
  ["no messages", undefined, /Missing required parameter: 'messages'/, "messages"],
  ["messages that are no list", "hi", /expected an array of objects, but got a string/, "messages"],
  ["an empty list", [], /empty array/, "messages"],
  ["a message that is no object", [null], /expected an object, but got null/, "messages[0]"],
  ["no role", [{ content: "x" }], /Missing required parameter: 'messages\[0\].role'/, "messages[0].role"],
  ["an unknown role", [{ role: "robot", content: "x" }], /Supported values are/, "messages[0].role"],
  ["a user message without content", [{ role: "user", content: null }], /got null/, "messages.[0].content"],
  ["an assistant message with neither", [user, { role: "assistant" }], /got null/, "messages.[1].content"],
  [
    "an empty list of calls",
    [user, { role: "assistant", tool_calls: [] }],
    /empty array/,
    "messages[1].tool_calls",
  ],
  ["a call without id", [user, { role: "assistant", tool_calls: [{}] }], /tool_calls\[0\].id/],
  ["a result without id", [user, calls("a"), { role: "tool", content: "x" }], /messages\[2\].tool_call_id/],
  [
    "a result of nothing",
    [user, tool("a")],
    /must be a response to a preceeding message/,
    "messages.[1].role",
  ],
  ["a result of an older turn", [user, calls("a"), tool("a"), user, tool("a")], /must be a response/],
  [
    "a result of another call",
    [user, calls("a"), tool("b")],
    /'b' not found in 'tool_calls'/,
    "messages.[2].tool_call_id",
  ],
  [
    "a call without result",
    [user, calls("a", "b"), tool("a"), user],
    /did not have response messages: b$/,
    "messages.[3].role",
  ],
  ["calls at the end", [user, calls("a")], /did not have response messages: a$/, "messages.[1].role"],
];

const anthropic: Case[] = [
  ["no messages", undefined, /^messages: Field required$/],
  ["messages that are no list", "hi", /^messages: Input should be a valid list$/],
  ["an empty list", [], /at least one message is required/],
  ["a message that is no object", [null], /^messages.0: Input should be a valid dictionary$/],
  ["an unknown role", [{ role: "tool", content: "x" }], /Unexpected role "tool"/],
  ["a leading system message", [{ role: "system", content: "x" }, user], /top-level `system` parameter/],
  ["no content", [{ role: "user" }], /^messages.0.content: Field required$/],
  ["empty content", [{ role: "user", content: "" }], /must have non-empty content/],
  ["empty text", [{ role: "user", content: [text("")] }], /text content blocks must be non-empty/],
  ["blank text", [{ role: "user", content: " \n" }], /non-whitespace/],
  ["a block without type", [{ role: "user", content: [{}] }], /^messages.0.content.0.type: Field required$/],
  [
    "an assistant message first",
    [{ role: "assistant", content: "x" }, user],
    /first message must use the "user" role/,
  ],
  ["an assistant message last", [user, { role: "assistant", content: "x" }], /must end with a user message/],
  ["a call by the user", [{ role: "user", content: [use("a")] }], /can only be in `assistant` messages/],
  [
    "a result by the assistant",
    [user, { role: "assistant", content: [result("a")] }],
    /can only be in `user` messages/,
  ],
  ["an id with other characters", [user, uses("a b"), results("a b")], /should match pattern/],
  [
    "input that is no object",
    [user, { role: "assistant", content: [{ ...use("a"), input: "{}" }] }],
    /valid dictionary/,
  ],
  ["a result of nothing", [results("a")], /^messages.0.content.0: unexpected `tool_use_id`.*: a\. /],
  [
    "a result of an older turn",
    [user, uses("a"), results("a"), uses("b"), results("b", "a")],
    /^messages.4.content.1: unexpected/,
  ],
  ["two results of one call", [user, uses("a"), results("a", "a")], /must have a single result/],
  [
    "a call without result",
    [user, uses("a", "b"), results("a")],
    /^messages.1: `tool_use` ids were found without.*: b\. /,
  ],
  ["calls at the end", [user, uses("a")], /^messages.1: `tool_use` ids were found without/],
  [
    "results split over messages",
    [user, uses("a", "b"), results("a"), results("b")],
    /immediately after: b\./,
  ],
  [
    "text before results",
    [user, uses("a"), { role: "user", content: [text("x"), result("a")] }],
    /immediately after: a\./,
  ],
  ["the same id twice in a turn", [user, uses("a", "a"), results("a")], /ids must be unique/],
  [
    "the same id in two turns",
    [user, uses("a"), results("a"), uses("a"), results("a")],
    /^messages.3: .*ids must be unique/,
  ],
];

const cases: Record<ProtocolName, Case[]> = { openai: openAi, anthropic };
const good: Record<ProtocolName, unknown[][]> = {
  openai: [
    [user],
    [{ role: "system", content: "s" }, { role: "developer", content: [text("d")] }, user],
    [user, calls("a", "b"), tool("b"), tool("a")],
    [user, calls("a"), tool("a"), { role: "assistant", content: "ok" }, user, calls("a"), tool("a"), user],
    [user, { role: "assistant", content: "ends here" }],
  ],
  anthropic: [
    [user],
    [user, user],
    [user, uses("a", "b"), results("b", "a")],
    [user, uses("a"), { role: "user", content: [result("a"), text("and now")] }],
    [
      user,
      { role: "assistant", content: [{ type: "thinking", thinking: "", signature: "s" }, use("a")] },
      results("a"),
    ],
    [
      user,
      { role: "system", content: [] },
      { role: "assistant", content: "x" },
      user,
      { role: "system", content: "s" },
    ],
    [{ role: "user", content: [{ type: "image", source: {} }] }],
  ],
};

describe.each(["openai", "anthropic"] as const)("a conversation over %s", (protocol) => {
  it.each(cases[protocol])("is refused for %s", async (_name, messages, message, param) => {
    const problem = checkConversation({ protocol, raw: { messages } });
    expect(problem?.message).toMatch(message);
    if (param !== undefined) expect(problem?.param).toBe(param);

    await using server = await startModelServer({ script: [] });
    const response = await post(server, protocol, { messages });
    expect(response.status).toBe(400);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(await errorOf(response)).toMatchObject({
      message: problem?.message,
      type: "invalid_request_error",
    });
    expect(server.requests[0]).toMatchObject({ refusal: problem?.message, status: 400 });
    expect(server.errors).toEqual([]); // the script, which has no steps, was not asked
  });

  it.each(good[protocol].map((messages, index) => [index, messages] as const))(
    "is accepted (%i)",
    async (_index, messages) => {
      expect(checkConversation({ protocol, raw: { messages } })).toBeUndefined();
      await using server = await startModelServer({ script: [{ text: "fine" }] });
      expect((await post(server, protocol, { messages })).status).toBe(200);
    },
  );

  it.each([
    ["no key", {}],
    ["an empty key", { authorization: "Bearer ", "x-api-key": "" }],
    ["another scheme", { authorization: "Basic dXNlcjpwYXNz" }],
  ])("needs a key, and %s is none", async (_name, given) => {
    await using server = await startModelServer({ script: [] });
    const headers = { "anthropic-version": "2023-06-01", ...given };
    const response = await post(server, protocol, {}, { headers });
    expect(response.status).toBe(401);
    const type = protocol === "openai" ? "invalid_request_error" : "authentication_error";
    expect(await errorOf(response)).toMatchObject({ type });
    expect(server.requests[0]?.apiKey).toBeUndefined();
  });

  it.each(["", "nonsense", "[]", "null", '{"model":'])("is refused when the body is %j", async (body) => {
    await using server = await startModelServer({ script: [] });
    const response = await postRaw(server, protocol, body);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ type: "invalid_request_error" });
    expect(server.requests[0]).toMatchObject({ status: 400, messages: [], model: "" });
  });

  it("needs a model", async () => {
    await using server = await startModelServer({ script: [] });
    const response = await post(server, protocol, { model: undefined });
    expect([response.status, (await errorOf(response)).message]).toEqual([
      400,
      expect.stringMatching(/model/),
    ]);
  });
});

describe("an Anthropic request", () => {
  const headers = { "x-api-key": "k", "anthropic-version": "2023-06-01" };

  it.each([
    ["the version header", {}, { "x-api-key": "k" }, "anthropic-version: header is required"],
    ["max_tokens", { max_tokens: undefined }, headers, "max_tokens: Field required"],
    [
      "max_tokens above 0",
      { max_tokens: 0 },
      headers,
      "max_tokens: Input should be greater than or equal to 1",
    ],
  ])("needs %s", async (_name, fields, given, message) => {
    await using server = await startModelServer({ script: [] });
    const response = await post(server, "anthropic", fields, { headers: given });
    expect([response.status, (await errorOf(response)).message]).toEqual([400, message]);
  });

  it("may carry an OAuth token instead of a key", async () => {
    await using server = await startModelServer({ script: [{ text: "x" }] });
    const given = { authorization: "Bearer token", "anthropic-version": "2023-06-01" };
    expect((await post(server, "anthropic", {}, { headers: given })).status).toBe(200);
    expect(server.requests[0]?.apiKey).toBe("token");
  });
});
