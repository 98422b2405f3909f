import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bash, listen, setting } from "./setting.ts";

describe.each(["openai", "anthropic"] as const)(
  "a run with a model that speaks the %s protocol",
  (protocol) => {
    test("works on the workspace's files in a sandbox, and answers", async () => {
      const { ws, server, transcript } = await setting(
        [
          { thinking: "look first", ...bash("cat notes.txt; id -u; tr a-z A-Z < notes.txt > loud.txt") },
          { text: "made it loud", usage: { inputTokens: 30, outputTokens: 4 } },
        ],
        { protocol },
      );
      writeFileSync(join(ws.filesDir, "notes.txt"), "hello\n");
      const { events, onEvent, types } = listen();

      const result = await ws.run({ message: "make it loud", onEvent });

      expect(result).toMatchObject({
        response: "made it loud",
        provider: protocol,
        model: "scripted",
        turns: 2,
      });
      expect(result.stopReason).toBe("stop");
      expect(readFileSync(join(ws.filesDir, "loud.txt"), "utf8")).toBe("HELLO\n");
      expect(types()).toEqual([
        "sandbox_ready",
        "model_call",
        "attempt",
        "thinking_delta",
        "usage",
        "attempt",
        "tool_start",
        ...(types().includes("tool_update") ? ["tool_update"] : []),
        "tool_end",
        "model_call",
        "attempt",
        "text_delta",
        "usage",
        "attempt",
        "done",
      ]);
      expect(events).toContainEqual(
        expect.objectContaining({ type: "tool_end", toolName: "bash", isError: false }),
      );
      const end = events.find((event) => event.type === "tool_end");
      expect(end?.type === "tool_end" && end.output).toBe("hello\n1000");
      expect(events.at(-1)).toEqual({ type: "done", ...result });
      expect(result.usage.input).toBeGreaterThan(30);
      expect(result.sandbox.layers.length).toBeGreaterThan(3);

      expect(server.requests).toHaveLength(2);
      expect(server.requests[1]?.messages.at(-1)?.toolResults[0]?.text).toBe("hello\n1000");
      const roles = transcript(result.sessionId).match(/"role":"\w+"/g);
      expect(roles).toEqual([
        '"role":"user"',
        '"role":"assistant"',
        '"role":"toolResult"',
        '"role":"assistant"',
      ]);
    });
  },
);

describe("a session", () => {
  test("goes on where the last run left it, also from another platform object", async () => {
    const { ws, platform, server } = await setting([
      { text: "hello Ada" },
      { text: "you are Ada" },
      { text: "no idea" },
    ]);
    const first = await ws.run({ message: "I am Ada", sessionId: "talk" });
    expect(first.sessionId).toBe("talk");
    await (await platform.getWorkspace("ada")).run({ message: "who am I?", sessionId: "talk" });
    expect(server.requests[1]?.messages.map(({ role, text }) => `${role}: ${text}`)).toEqual([
      "user: I am Ada",
      "assistant: hello Ada",
      "user: who am I?",
    ]);
    await ws.run({ message: "and who am I here?" });
    expect(server.requests[2]?.messages).toHaveLength(1);
  });

  test("is written by one run at a time; other sessions of the workspace go on meanwhile", async () => {
    const gate = Promise.withResolvers<void>();
    const { ws } = await setting(async ({ messages }) => {
      if (messages[0]?.text === "wait") await gate.promise;
      return { text: "done" };
    });
    const begun = Promise.withResolvers<void>();
    const waiting = ws.run({
      message: "wait",
      sessionId: "one",
      onEvent: ({ type }) => type === "model_call" && begun.resolve(),
    });
    await begun.promise;
    await expect(ws.run({ message: "x", sessionId: "one" })).rejects.toMatchObject({ code: "SESSION_BUSY" });
    expect(await ws.run({ message: "x", sessionId: "two" })).toMatchObject({ response: "done" });
    gate.resolve();
    expect(await waiting).toMatchObject({ response: "done" });
    expect(await ws.run({ message: "x", sessionId: "one" })).toMatchObject({ response: "done" });
  });

  test("keeps its workspace from being deleted while a run goes on", async () => {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const { ws, platform, stateDir } = await setting(async () => {
      begun.resolve();
      await gate.promise;
      return { text: "done" };
    });
    const waiting = ws.run({ message: "wait" });
    await begun.promise;
    await expect(platform.deleteWorkspace("ada")).rejects.toMatchObject({ code: "WORKSPACE_BUSY" });
    gate.resolve();
    await waiting;
    await platform.deleteWorkspace("ada");
    expect(readdirSync(join(stateDir, "workspaces"))).toEqual([]);
    await expect(ws.run({ message: "x" })).rejects.toMatchObject({
      code: "WORKSPACE_NOT_FOUND",
      userId: "ada",
    });
  });
});

describe("the system prompt", () => {
  test("is the run's, else the workspace's, else one that tells of the sandbox", async () => {
    const { platform, server } = await setting(() => ({ text: "yes" }));
    const bob = await platform.createWorkspace("bob", { systemPrompt: "you are Bob's" });
    await bob.run({ message: "x", systemPrompt: "be terse" });
    await bob.run({ message: "x" });
    await (await platform.getWorkspace("ada")).run({ message: "x" });
    expect(server.requests.map(({ system }) => system)).toEqual([
      "be terse",
      "you are Bob's",
      expect.stringContaining("/workspace"),
    ]);
  });
});

describe("an answer cut at the model's output limit", () => {
  test("is given as it is, and said to be cut", async () => {
    const { ws } = await setting([{ text: "once upon a", stopReason: "length" }]);
    expect(await ws.run({ message: "tell" })).toMatchObject({
      response: "once upon a",
      stopReason: "length",
    });
  });

  test("within a tool call does not run the call; the model is told and goes on", async () => {
    const { ws, server } = await setting([
      { ...bash("touch made"), stopReason: "length" },
      { text: "I see" },
    ]);
    expect(await ws.run({ message: "go" })).toMatchObject({ response: "I see", stopReason: "stop" });
    expect(readdirSync(ws.filesDir)).toEqual([]);
    expect(server.requests[1]?.messages.at(-1)?.toolResults).toHaveLength(1);
  });
});

describe("a listener that fails", () => {
  test.each([
    [
      "by throwing",
      () => {
        throw new Error("listener broke");
      },
    ],
    ["by rejecting", () => Promise.reject(new Error("listener broke"))],
  ])("%s does not touch the run, and is reported once", async (_, onEvent) => {
    const { ws } = await setting([bash("echo hi"), { text: "done" }]);
    const warnings: string[] = [];
    const record = (warning: Error & { code?: string }) =>
      warnings.push(`${warning.code} ${"detail" in warning && warning.detail}`);
    process.on("warning", record);
    try {
      expect(await ws.run({ message: "go", onEvent })).toMatchObject({ response: "done" });
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off("warning", record);
    }
    expect(warnings).toEqual([expect.stringMatching(/CLOISON_LISTENER_FAILED .*listener broke/)]);
  });
});
