import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { HookName, RunEvent, Workspace } from "../src/index.ts";
import { bash, listen, setting } from "./setting.ts";

const done = { text: "done" };

/** Ways in which a hook fails, registered by each. */
const ways: readonly [string, (ws: Workspace, name: HookName) => unknown][] = [
  [
    "threw",
    (ws, name) => ws.hooks.register(name, () => Promise.reject(new Error("secret-7c1f of the host"))),
  ],
  ["timeout", (ws, name) => ws.hooks.register(name, () => new Promise(() => undefined), { timeoutMs: 20 })],
  // What types forbid, and JavaScript does not.
  ["result", (ws, name) => ws.hooks.register(name, () => JSON.parse('{"blok":true}'))],
];

function warnings(): string[] {
  const seen: string[] = [];
  const record = (warning: Error & { code?: string }) => seen.push(`${warning.code} ${warning.message}`);
  process.on("warning", record);
  onTestFinished(() => void process.off("warning", record));
  return seen;
}

function failures(events: readonly RunEvent[]): RunEvent[] {
  return events.filter(({ type }) => type === "hook_failed");
}

describe.each(ways)("a hook that fails by: %s", (reason, register) => {
  test("before a tool call blocks the call; the model gets no word of the host's, and the run goes on", async () => {
    const { ws, server } = await setting([bash("touch made"), bash("touch made"), done]);
    register(ws, "before_tool_call");
    const told = warnings();
    const { events, onEvent } = listen();
    expect(await ws.run({ message: "go", onEvent })).toMatchObject({ response: "done" });
    expect(existsSync(join(ws.filesDir, "made"))).toBe(false);
    expect(server.requests[2]?.messages.at(-1)?.toolResults[0]?.text).toMatch(/could not be completed/);
    expect(JSON.stringify(server.requests[2]?.raw)).not.toContain("secret-7c1f");
    expect(failures(events)).toHaveLength(2);
    expect(failures(events)[0]).toMatchObject({
      hook: "before_tool_call",
      reason,
      toolCallId: expect.any(String),
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual([expect.stringMatching(/^CLOISON_HOOK_FAILED a hook before_tool_call/)]);
  });

  test("after a tool call withholds the result", async () => {
    const { ws, server, transcript } = await setting([bash("expr 41 + 1"), done]);
    register(ws, "after_tool_call");
    const { events, onEvent } = listen();
    const { sessionId } = await ws.run({ message: "go", onEvent });
    const result = server.requests[1]?.messages.at(-1)?.toolResults[0]?.text;
    expect(result).toMatch(/withheld/);
    expect(result).not.toContain("42");
    expect(transcript(sessionId)).not.toContain('"text":"42');
    expect(events).toContainEqual(
      expect.objectContaining({ type: "tool_end", output: result, isError: true }),
    );
    expect(failures(events)).toMatchObject([{ hook: "after_tool_call", reason }]);
  });

  test.each(["session_start", "before_agent_start", "before_model_call"] as const)(
    "%s ends the run before the model is asked",
    async (name) => {
      const { ws, server } = await setting([done]);
      register(ws, name);
      const ends: unknown[] = [];
      ws.hooks.register("session_end", ({ outcome, error }) => void ends.push([outcome, error]));
      const error: unknown = await ws.run({ message: "go" }).catch((error: unknown) => error);
      expect(error).toMatchObject({ name: "HookError", code: "HOOK_FAILED", hook: name, reason });
      expect(ends).toEqual([["failed", error]]);
      expect(server.requests).toEqual([]);
    },
  );

  test.each(["after_model_call", "after_agent_end", "session_end"] as const)(
    "%s is told, and the run succeeds",
    async (name) => {
      const { ws } = await setting([done]);
      register(ws, name);
      const seen: string[] = [];
      ws.hooks.register(name, () => void seen.push("the next one"));
      const { events, onEvent } = listen();
      expect(await ws.run({ message: "go", onEvent })).toMatchObject({ response: "done" });
      expect(failures(events)).toMatchObject([{ hook: name, reason }]);
      expect(seen).toEqual(["the next one"]);
      expect(events.at(-1)?.type).toBe("done");
    },
  );
});

describe("a hook that starts a run which comes to the same hook", () => {
  test("does not wait for itself: the inner call fails, and has its defined effect", async () => {
    const { ws, server } = await setting(({ messages }) =>
      messages.at(-1)?.role === "user" ? bash(`touch ${messages[0]?.text}`) : done,
    );
    const inner: unknown[] = [];
    ws.hooks.register("before_tool_call", async ({ sessionId }) => {
      if (sessionId === "outer")
        inner.push((await ws.run({ message: "inner", sessionId: "judge" })).response);
    });
    expect(await ws.run({ message: "outer", sessionId: "outer" })).toMatchObject({ response: "done" });
    expect(inner).toEqual(["done"]);
    expect([existsSync(join(ws.filesDir, "inner")), existsSync(join(ws.filesDir, "outer"))]).toEqual([
      false,
      true,
    ]);
    expect(server.errors).toEqual([]);
  });

  test("is itself what has failed, with what became of that run as the cause", async () => {
    const { ws } = await setting([done]);
    ws.hooks.register("session_start", async () => void (await ws.run({ message: "x", sessionId: "inner" })));
    await expect(ws.run({ message: "go", sessionId: "outer" })).rejects.toMatchObject({
      hook: "session_start",
      reason: "threw",
      cause: { hook: "session_start", reason: "reentered" },
    });
  });

  test("in the session that it holds itself gets SESSION_BUSY, and the outer run goes on", async () => {
    const { ws } = await setting([bash("true"), done]);
    const codes: unknown[] = [];
    ws.hooks.register("before_tool_call", async () => {
      const run = ws.run({ message: "x", sessionId: "one", busyTimeoutMs: 20 });
      codes.push(await run.catch(({ code }) => code));
    });
    expect(await ws.run({ message: "go", sessionId: "one" })).toMatchObject({ response: "done" });
    expect(codes).toEqual(["SESSION_BUSY"]);
  });
});

test("an abort ends the wait for a hook that never returns, and the hook learns of it", async () => {
  const { ws } = await setting([bash("touch made"), done]);
  const abort = new AbortController();
  const seen: unknown[] = [];
  ws.hooks.register("before_tool_call", ({ signal }) => {
    signal.addEventListener("abort", () => seen.push(signal.reason));
    abort.abort("enough");
    return new Promise(() => undefined);
  });
  const run = ws.run({ message: "go", signal: abort.signal });
  await expect(run).rejects.toMatchObject({ code: "RUN_ABORTED", cause: "enough" });
  expect(seen).toEqual(["enough"]);
  expect(existsSync(join(ws.filesDir, "made"))).toBe(false);
});
