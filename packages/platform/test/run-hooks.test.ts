import { describe, expect, test } from "vitest";
import type { HookInput, HookName, Workspace } from "../src/index.ts";
import { bash, listen, setting } from "./setting.ts";

const done = { text: "done" };
const names: readonly HookName[] = [
  "session_start",
  "session_end",
  "before_agent_start",
  "after_agent_end",
  "before_tool_call",
  "after_tool_call",
  "before_model_call",
  "after_model_call",
];

/** Notes which hooks are called. */
function note(ws: Workspace): string[] {
  const called: string[] = [];
  for (const name of names) ws.hooks.register(name, () => void called.push(name));
  return called;
}

/** Notes what the hooks of one name are given. */
function noteInputs<N extends HookName>(ws: Workspace, name: N): HookInput<N>[] {
  const inputs: HookInput<N>[] = [];
  ws.hooks.register(name, (input) => void inputs.push(input));
  return inputs;
}

describe("the hooks of a run", () => {
  test.each(["openai", "anthropic"] as const)("come in the run's order (%s)", async (protocol) => {
    const { ws } = await setting([bash("true"), done], { protocol });
    const called = note(ws);
    await ws.run({ message: "go" });
    expect(called).toEqual([
      "session_start",
      "before_agent_start",
      "before_model_call",
      "after_model_call",
      "before_tool_call",
      "after_tool_call",
      "before_model_call",
      "after_model_call",
      "after_agent_end",
      "session_end",
    ]);
  });

  test("are told of one run by one id, and of its session", async () => {
    const { ws } = await setting([done, done]);
    const starts = noteInputs(ws, "session_start");
    const ends = noteInputs(ws, "session_end");
    const agents = noteInputs(ws, "after_agent_end");
    const { usage } = await ws.run({ message: "one", sessionId: "s" });
    await ws.run({ message: "two", sessionId: "s" });
    expect(starts).toMatchObject([
      { sessionId: "s", isNew: true, depth: 0 },
      { sessionId: "s", isNew: false, depth: 0 },
    ]);
    expect(ends.map(({ runId }) => runId)).toEqual(starts.map(({ runId }) => runId));
    expect(new Set(ends.map(({ runId }) => runId)).size).toBe(2);
    expect(ends[0]).toMatchObject({ outcome: "completed", error: undefined });
    expect(agents[0]).toMatchObject({ outcome: "completed", response: "done", turns: 1, usage });
  });

  test("after its end can go on with the session, which is free", async () => {
    const { ws } = await setting([done, { text: "summary" }]);
    const responses: string[] = [];
    ws.hooks.register("session_end", async ({ sessionId, outcome }) => {
      if (responses.length > 0 || outcome !== "completed") return;
      responses.push("");
      responses.push((await ws.run({ message: "sum up", sessionId, busyTimeoutMs: 0 })).response);
    });
    await ws.run({ message: "go" });
    expect(responses).toEqual(["", "summary"]);
  });

  test("learn of a failure and of an abort", async () => {
    const { ws, server } = await setting([{ fault: { status: 400 } }, { fault: { hang: true } }]);
    const ends = [noteInputs(ws, "after_agent_end"), noteInputs(ws, "session_end")];
    const failed: unknown = await ws.run({ message: "go", maxRetries: 0 }).catch((error: unknown) => error);
    const abort = new AbortController();
    server.onRequest(() => abort.abort());
    const aborted: unknown = await ws.run({ message: "go", signal: abort.signal }).catch((error) => error);
    for (const inputs of ends) {
      expect(inputs).toMatchObject([{ outcome: "failed" }, { outcome: "aborted" }]);
      expect(inputs[0]?.error).toBe(failed);
      expect(inputs[1]?.error).toBe(aborted);
    }
  });

  test("are not called any more when they were taken out", async () => {
    const { ws, platform } = await setting([done]);
    const called: string[] = [];
    ws.hooks.register("session_start", () => void called.push("one"))();
    platform.hooks.register("session_start", () => void called.push("two"))();
    ws.hooks.register("session_start", () => void called.push("three"));
    await ws.run({ message: "go" });
    expect(called).toEqual(["three"]);
  });

  test("are gone when their workspace is deleted, and one of the same name is made", async () => {
    const { ws, platform } = await setting([done]);
    const called = note(ws);
    await platform.deleteWorkspace("ada");
    await (await platform.createWorkspace("ada")).run({ message: "go" });
    expect(called).toEqual([]);
  });

  test.each([
    ["an unknown name", "before_tool", () => undefined, {}, /none of session_start/],
    ["no function", "session_start", "log", {}, /must be a function/],
    ["an unknown option", "session_start", () => undefined, { timeout: 1 }, /unknown option "timeout"/],
    ["a time of nothing", "session_start", () => undefined, { timeoutMs: 0 }, /timeoutMs must be/],
  ])("cannot be registered with %s", async (_, name, handler, options, message) => {
    const { ws } = await setting([]);
    // What types forbid, and JavaScript does not.
    const register: unknown = ws.hooks.register;
    if (typeof register !== "function") throw new TypeError("register must be a function");
    expect(() => register(name, handler, options)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringMatching(message) }),
    );
  });
});

describe("a before_agent_start hook", () => {
  test.each(["openai", "anthropic"] as const)(
    "adds to the prompt and to the message (%s)",
    async (protocol) => {
      const { ws, server, transcript } = await setting([done, done], { protocol });
      const seen: unknown[] = [];
      ws.hooks.register("before_agent_start", ({ message, systemPrompt }) => {
        seen.push([message, systemPrompt]);
        return { systemPrompt: "The user is called Ada." };
      });
      ws.hooks.register("before_agent_start", ({ systemPrompt }) => {
        seen.push(systemPrompt);
        return { prependContext: "It is Sunday." };
      });
      await ws.run({ message: "hello", sessionId: "s", systemPrompt: "be brief" });
      expect(seen).toEqual([["hello", "be brief"], "be brief\n\nThe user is called Ada."]);
      expect(server.requests[0]?.system).toBe("be brief\n\nThe user is called Ada.");
      const said = (request: number) =>
        server.requests[request]?.messages.map(({ role, text }) => `${role}: ${text}`).join("\n");
      expect(said(0)).toMatch(/It is Sunday\..*hello/s);
      await ws.run({ message: "and?", sessionId: "s", systemPrompt: "be brief" });
      expect(said(1)).toMatch(/It is Sunday\..*hello.*done.*It is Sunday\..*and\?/s);
      expect(transcript("s").match(/"customType":"cloison.hook_context"/g)).toHaveLength(2);
    },
  );
});

describe("hooks of model calls", () => {
  test("are told of every attempt, failed ones and those of fallbacks too, and of what it cost", async () => {
    const { ws, server } = await setting([
      { fault: { status: 503 } },
      { text: "partly", usage: { inputTokens: 10, outputTokens: 2 }, fault: { cutAfterChunks: 3 } },
      { ...done, usage: { inputTokens: 1000, outputTokens: 100 } },
    ]);
    const before = noteInputs(ws, "before_model_call");
    const after = noteInputs(ws, "after_model_call");
    const other = { provider: "other", model: "scripted-2", baseUrl: server.baseUrls.openai };
    const result = await ws.run({
      message: "go",
      maxRetries: 1,
      fallbacks: [other],
      apiKeys: { other: "sk-of-the-other-one" },
    });
    expect(before.map(({ provider, model, turn }) => [provider, model, turn])).toEqual(
      result.attempts.map(({ provider, model, turn }) => [provider, model, turn]),
    );
    expect(before.every(({ requestTokens }) => requestTokens > 0)).toBe(true);
    expect(
      after.map(({ provider, outcome, key, durationMs }) => [provider, outcome, key, durationMs]),
    ).toEqual(
      result.attempts.map(({ provider, outcome, key, durationMs }) => [provider, outcome, key, durationMs]),
    );
    expect(after.at(-1)).toMatchObject({ outcome: "ok", key: "…-one", usage: { input: 1000, output: 100 } });
    expect(after[0]?.usage).toBeUndefined();
    const spent = after.reduce((sum, { usage }) => sum + (usage?.totalTokens ?? 0), 0);
    expect(spent).toBe(result.usage.totalTokens);
  });

  test("can block a call, which ends the run with a typed error; what was stored before is kept", async () => {
    const { ws, server, transcript } = await setting([bash("true"), done]);
    const after = noteInputs(ws, "after_model_call");
    ws.hooks.register("before_model_call", ({ turn }) =>
      turn === 2 ? { block: true, reason: "the account is empty" } : undefined,
    );
    const { onEvent, types } = listen();
    const run = ws.run({ message: "go", sessionId: "s", onEvent });
    await expect(run).rejects.toMatchObject({
      name: "HookBlockedError",
      code: "HOOK_BLOCKED",
      hook: "before_model_call",
      reason: "the account is empty",
    });
    expect(server.requests).toHaveLength(1);
    expect(after).toHaveLength(1);
    expect(types()).not.toContain("done");
    expect(transcript("s")).toContain('"role":"toolResult"');
  });

  test("are not asked about a call that the budget forbids", async () => {
    const { ws } = await setting([done]);
    const before = noteInputs(ws, "before_model_call");
    const run = ws.run({ message: "go", budget: { run: { maxTokens: 1 } } });
    await expect(run).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    expect(before).toEqual([]);
  });

  test("are told of an attempt that an abort has ended", async () => {
    const { ws, server } = await setting([{ fault: { hang: true } }]);
    const after = noteInputs(ws, "after_model_call");
    const abort = new AbortController();
    server.onRequest(() => abort.abort());
    await expect(ws.run({ message: "go", signal: abort.signal })).rejects.toThrow();
    expect(after).toMatchObject([{ turn: 1, outcome: "none", usage: undefined }]);
  });

  test("have been told of an answer before anybody gets it", async () => {
    const { ws } = await setting([bash("touch made"), done]);
    const order: string[] = [];
    ws.hooks.register("after_model_call", async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push("after_model_call");
    });
    ws.hooks.register("before_tool_call", () => void order.push("before_tool_call"));
    await ws.run({ message: "go", onEvent: ({ type }) => void (type === "done" && order.push(type)) });
    expect(order).toEqual(["after_model_call", "before_tool_call", "after_model_call", "done"]);
  });
});
