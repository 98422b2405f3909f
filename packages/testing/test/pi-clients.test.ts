import { anthropicProvider } from "@earendil-works/pi-ai/providers/anthropic";
import { describe, expect, it } from "vitest";
import { type ModelScript, type ProtocolName, startModelServer } from "../src/index.ts";
import { piClient, readTool, textOf, toolCallsOf, toolSays, userSays } from "./pi-client.ts";

const protocols: ProtocolName[] = ["openai", "anthropic"];

describe.each(protocols)("pi-ai over %s", (protocol) => {
  const start = async (script: ModelScript) => {
    const server = await startModelServer({ script });
    return { server, client: piClient(server, protocol), [Symbol.asyncDispose]: server.close };
  };

  it("gets a text answer, whatever characters it holds", async () => {
    const text = 'Zwölf Boxkämpfer 🥊🥊 jagten "Viktor"\n\\ über\tden Sylter Deich.';
    await using setup = await start([{ text, chunkSize: 1 }]);
    const answer = await setup.client.complete({ messages: [userSays("hello")] });
    expect(answer.errorMessage).toBeUndefined();
    expect(textOf(answer)).toBe(text);
    expect(answer.stopReason).toBe("stop");
    expect(setup.server.requests[0]).toMatchObject({
      protocol,
      stream: true,
      apiKey: "test-key",
      status: 200,
    });
  });

  it("gets thinking before the text", async () => {
    await using setup = await start([{ thinking: "Let me think about it.", text: "42" }]);
    const answer = await setup.client.complete({ messages: [userSays("hello")] });
    expect(answer.content.map((part) => part.type)).toEqual(["thinking", "text"]);
    expect(answer.content[0]).toMatchObject({ thinking: "Let me think about it." });
  });

  it("gets several tool calls at once, with nested arguments", async () => {
    const first = { path: "a.txt", nested: { list: [1, 2, { deep: true }], text: 'q"uote é' } };
    await using setup = await start([
      {
        text: "Reading.",
        toolCalls: [
          { name: "read", arguments: first },
          { name: "read", arguments: { path: "b.txt" } },
        ],
      },
    ]);
    const answer = await setup.client.complete({ messages: [userSays("go")], tools: [readTool] });
    expect(answer.stopReason).toBe("toolUse");
    expect(toolCallsOf(answer).map((call) => call.arguments)).toEqual([first, { path: "b.txt" }]);
    expect(new Set(toolCallsOf(answer).map((call) => call.id)).size).toBe(2);
    expect(textOf(answer)).toBe("Reading.");
  });

  it("carries a conversation with tool results back to the script", async () => {
    await using setup = await start([
      {
        thinking: "hm",
        toolCalls: [
          { name: "read", arguments: { path: "a" } },
          { name: "read", arguments: { path: "b" } },
        ],
      },
      (request) => ({
        text: `saw ${request.messages
          .at(-1)
          ?.toolResults.map((result) => result.text)
          .join("+")}`,
      }),
    ]);
    const { client, server } = setup;
    const context = { systemPrompt: "Be brief.", messages: [userSays("go")], tools: [readTool] };
    const turn = await client.complete(context);
    const [one, two] = toolCallsOf(turn);
    if (one === undefined || two === undefined) throw new TypeError("two calls were scripted");
    const results = [toolSays(one, "alpha"), toolSays(two, "beta", true)];
    const answer = await client.complete({ ...context, messages: [...context.messages, turn, ...results] });
    expect(textOf(answer)).toBe("saw alpha+beta");

    const request = server.requests[1];
    expect(request?.system).toBe("Be brief.");
    expect(request?.messages.map((message) => message.role)).toEqual(["user", "assistant", "tool"]);
    expect(request?.messages[1]?.toolCalls).toEqual([
      { id: one.id, name: "read", arguments: { path: "a" } },
      { id: two.id, name: "read", arguments: { path: "b" } },
    ]);
    expect(request?.messages[2]?.toolResults).toEqual([
      { toolCallId: one.id, toolName: "read", text: "alpha", isError: false },
      { toolCallId: two.id, toolName: "read", text: "beta", isError: protocol === "anthropic" },
    ]);
    expect(request?.tools).toMatchObject([{ name: "read", description: "Reads a file" }]);
    expect(request?.tools[0]?.parameters).toMatchObject({ properties: { path: { type: "string" } } });
  });

  it("gets the usage of the script", async () => {
    const usage = { inputTokens: 100, outputTokens: 50, cacheReadTokens: 30, reasoningTokens: 7 };
    await using setup = await start([{ text: "x", usage }]);
    const answer = await setup.client.complete({ messages: [userSays("hello")] });
    expect(answer.usage).toMatchObject({
      input: 100,
      output: 50,
      cacheRead: 30,
      reasoning: 7,
      totalTokens: 180,
    });
  });

  it("gets an estimated usage that grows with prompt and answer", async () => {
    await using setup = await start(() => ({ text: "word ".repeat(100) }));
    const small = await setup.client.complete({ messages: [userSays("8 bytes ")] });
    const large = await setup.client.complete({ messages: [userSays("8 bytes ".repeat(1000))] });
    expect(small.usage.output).toBe(125);
    expect(large.usage.input - small.usage.input).toBe((999 * 8) / 4);
  });

  it.each([
    { stopReason: "length", told: "length" },
    { stopReason: "refusal", told: "error" },
  ] as const)("learns the stop reason $stopReason", async ({ stopReason, told }) => {
    await using setup = await start([{ text: "cut of", stopReason }]);
    const answer = await setup.client.complete({ messages: [userSays("hello")] });
    expect(answer.stopReason).toBe(told);
  });

  it("survives arguments that are not JSON", async () => {
    await using setup = await start([{ toolCalls: [{ name: "read", arguments: '{"path": "a.t' }] }]);
    const answer = await setup.client.complete({ messages: [userSays("go")], tools: [readTool] });
    expect(answer.stopReason).toBe("toolUse");
    expect(toolCallsOf(answer)[0]?.arguments).toEqual({ path: "a.t" }); // pi completes what it can
  });
});

describe("pi-ai's own Anthropic catalog", () => {
  it.each(["claude-opus-5-5", "claude-fable-5", "claude-sonnet-4-5"])(
    "%s makes a tool-using run",
    async (id) => {
      await using server = await startModelServer({
        script: [
          { toolCalls: [{ name: "read", arguments: { path: "a" } }] },
          { text: "done" },
          { text: "again" },
        ],
      });
      const found = anthropicProvider()
        .getModels()
        .find((model) => model.id === id);
      const client = piClient(server, "anthropic", { ...found, baseUrl: server.baseUrls.anthropic });
      const context = { systemPrompt: "Be brief.", messages: [userSays("go")], tools: [readTool] };
      const turn = await client.complete(context);
      expect(turn.errorMessage).toBeUndefined();
      const messages = [
        ...context.messages,
        turn,
        ...toolCallsOf(turn).map((call) => toolSays(call, "text")),
      ];
      const answer = await client.complete({ ...context, messages });
      expect(answer.errorMessage).toBeUndefined();
      const last = await client.complete({ ...context, messages: [...messages, answer, userSays("more")] });
      expect(textOf(last)).toBe("again");
      expect(server.requests.map((request) => request.messages.at(-1)?.role)).toEqual([
        "user",
        "tool",
        "user",
      ]);
    },
  );
});
