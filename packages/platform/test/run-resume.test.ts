import { describe, expect, test } from "vitest";
import { bash, listen, setting } from "./setting.ts";

describe("a session is resumed", () => {
  test("by asking for the answer that a failed call did not give", async () => {
    const { ws, server } = await setting([{ fault: { status: 400 } }, { text: "here" }]);
    await expect(ws.run({ message: "go", sessionId: "s" })).rejects.toMatchObject({
      code: "MODEL_CALL_FAILED",
    });
    expect(await ws.resume("s", { systemPrompt: "be brief" })).toMatchObject({ response: "here", turns: 1 });
    expect(server.requests[1]?.messages.map(({ role, text }) => [role, text])).toEqual([["user", "go"]]);
    expect(server.requests[1]?.system).toBe("be brief");
  });

  test("by telling the answer that is there already, without a model", async () => {
    const { ws, server } = await setting([{ text: "here" }]);
    await ws.run({ message: "go", sessionId: "s" });
    const { onEvent, types } = listen();
    const result = await ws.resume("s", { onEvent });
    expect(result).toMatchObject({ response: "here", turns: 0, attempts: [], usage: { totalTokens: 0 } });
    expect(types()).toEqual(["sandbox_ready", "done"]);
    expect(server.requests).toHaveLength(1);
  });

  test("by telling it again, also after it was told, and when that came to nothing", async () => {
    const { ws } = await setting([{ text: "here" }]);
    await ws.run({ message: "go", sessionId: "s" });
    const remove = ws.hooks.register("before_agent_start", () => ({ block: true }) as object);
    await expect(ws.resume("s")).rejects.toMatchObject({ code: "HOOK_FAILED" });
    remove();
    const both = await Promise.all([ws.resume("s"), ws.resume("s")]);
    expect(both).toMatchObject([{ response: "here" }, { response: "here" }]);
  });

  test("after an abort in a tool call: the model is told that it may have been carried out", async () => {
    const { ws, server } = await setting([
      { toolCalls: [...bash("sleep 600").toolCalls, { name: "ls", arguments: {} }] },
      { text: "I see" },
    ]);
    const abort = new AbortController();
    const onEvent = ({ type }: { type: string }) => type === "tool_start" && abort.abort();
    const run = ws.run({ message: "go", sessionId: "s", signal: abort.signal, onEvent });
    await expect(run).rejects.toMatchObject({ code: "RUN_ABORTED" });
    const heard = listen();
    expect(await ws.resume("s", { onEvent: heard.onEvent })).toMatchObject({ response: "I see" });
    const started = heard.events.flatMap((event) => (event.type === "tool_start" ? event.toolName : []));
    expect(started).toEqual(["ls"]);
    expect(server.requests[1]?.messages[2]?.toolResults.map(({ text }) => text)).toEqual([
      expect.stringMatching(/wholly, in part, or not at all/),
      expect.stringMatching(/empty|^$/),
    ]);
  });

  test("once more when it fails again", async () => {
    const { ws } = await setting([
      bash("echo one"),
      { fault: { status: 400 } },
      { fault: { status: 400 } },
      { text: "here" },
    ]);
    await expect(ws.run({ message: "go", sessionId: "s" })).rejects.toThrow();
    await expect(ws.resume("s")).rejects.toMatchObject({ code: "MODEL_CALL_FAILED" });
    expect(await ws.resume("s")).toMatchObject({ response: "here" });
  });
});

describe("nothing is resumed", () => {
  test("where the last run ended before its message was stored: an earlier answer is none to that", async () => {
    const { ws } = await setting([{ text: "old" }, { text: "new" }]);
    await ws.run({ message: "one", sessionId: "s" });
    const remove = ws.hooks.register("before_agent_start", () => ({ block: true }) as object);
    await expect(ws.run({ message: "two", sessionId: "s" })).rejects.toMatchObject({ code: "HOOK_FAILED" });
    remove();
    await expect(ws.resume("s")).rejects.toMatchObject({ code: "NOTHING_TO_RESUME" });
    await expect(ws.resume("s")).rejects.toMatchObject({ code: "NOTHING_TO_RESUME" });
    expect(await ws.run({ message: "two", sessionId: "s" })).toMatchObject({ response: "new" });
    expect(await ws.resume("s")).toMatchObject({ response: "new" });
  });

  test("where there is no such session, and none is begun", async () => {
    const { ws } = await setting([]);
    await expect(ws.resume("s")).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
    await expect(ws.resume("s")).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
  });

  test("by options that are none", async () => {
    const { ws } = await setting([]);
    const wrong: object = { message: "go" };
    await expect(ws.resume("s", wrong)).rejects.toMatchObject({ code: "INVALID_OPTION", option: "message" });
    await expect(ws.resume("../s")).rejects.toMatchObject({ code: "INVALID_ID" });
  });
});
