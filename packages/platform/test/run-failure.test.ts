import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RunEvent } from "../src/index.ts";
import { processesNamed } from "./processes.ts";
import { anySandbox, bash, listen, setting } from "./setting.ts";

describe("a run whose model call fails", () => {
  test("rejects with a typed error; the session keeps what was stored and can go on", async () => {
    const { ws, server } = await setting([
      bash("echo one > file"),
      { fault: { status: 500 } },
      { text: "there is one" },
    ]);
    const { onEvent, types } = listen();
    const run = ws.run({ message: "go", sessionId: "s", maxRetries: 0, onEvent });
    await expect(run).rejects.toMatchObject({
      code: "MODEL_CALL_FAILED",
      status: 500,
    });
    expect(types()).not.toContain("done");
    expect(await ws.run({ message: "and?", sessionId: "s" })).toMatchObject({ response: "there is one" });
    expect(server.requests[2]?.messages.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
      "user",
    ]);
  });

  test("is tried as often as it was asked for, and told of every attempt", async () => {
    const { ws, server } = await setting(() => ({ fault: { status: 503 } }));
    const { onEvent, events } = listen();
    await expect(ws.run({ message: "go", maxRetries: 1, onEvent })).rejects.toMatchObject({
      code: "MODEL_CALL_FAILED",
      reason: "overloaded",
      status: 503,
      attempts: [
        { turn: 1, number: 1 },
        { turn: 1, number: 2 },
      ],
    });
    expect(server.requests).toHaveLength(2);
    const told = events.flatMap((event) => (event.type === "attempt" ? event.event.type : []));
    expect(told).toEqual(expect.arrayContaining(["attempt", "failure", "retry", "give_up"]));
  });

  test.each([
    ["at once", [{ fault: { emptyAnswer: true as const } }]],
    ["after a tool call", [bash("true"), { fault: { emptyAnswer: true as const } }]],
  ])("by an empty answer %s is an error, never success", async (_, script) => {
    const { ws } = await setting(script);
    const run = ws.run({ message: "go", maxRetries: 0 });
    await expect(run).rejects.toMatchObject({ code: "EMPTY_ANSWER" });
  });

  test("frees the session and the workspace", async () => {
    const { ws, platform } = await setting([{ fault: { status: 500 } }]);
    await expect(ws.run({ message: "go", maxRetries: 0 })).rejects.toThrow();
    expect(readdirSync(join(ws.filesDir, "..", "sessions")).filter((name) => name.endsWith(".lock"))).toEqual(
      [],
    );
    await platform.deleteWorkspace("ada");
  });
});

describe("a run that is aborted", () => {
  test("before it begins leaves nothing", async () => {
    const { ws, server } = await setting([]);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(ws.run({ message: "go", signal })).rejects.toMatchObject({
      code: "RUN_ABORTED",
      cause: expect.objectContaining({ message: "enough" }),
    });
    expect(server.requests).toHaveLength(0);
    const names = readdirSync(join(ws.filesDir, "..", "sessions"));
    expect(names.filter((name) => name.endsWith(".jsonl"))).toEqual([]);
  });

  test("during a model call ends the call, too", async () => {
    const { ws, server } = await setting([{ fault: { hang: true } }]);
    const abort = new AbortController();
    const run = ws.run({ message: "go", sessionId: "s", signal: abort.signal });
    run.catch(() => undefined);
    await new Promise<void>((resolve) => server.onRequest(() => resolve()));
    abort.abort();
    await expect(run).rejects.toMatchObject({
      code: "RUN_ABORTED",
      sessionId: "s",
      attempts: [{ turn: 1, outcome: "none", matched: "chain/abort" }],
    });
    expect(await server.requests[0]?.ended).toBe("aborted");
  });

  test("during a tool call kills the tool; the next run tells the model that the call has no result", async () => {
    const { ws, server } = await setting([bash("sleep 86399.25"), { text: "never mind" }]);
    const abort = new AbortController();
    const onEvent = ({ type }: { type: string }) =>
      type === "tool_update" || (type === "tool_start" && abort.abort());
    const run = ws.run({ message: "go", sessionId: "s", signal: abort.signal, onEvent });
    await expect(run).rejects.toMatchObject({
      code: "RUN_ABORTED",
      attempts: [{ turn: 1, outcome: "ok" }],
      usage: { output: expect.any(Number) },
    });
    expect(processesNamed("86399.25")).toEqual([]);
    await ws.run({ message: "stop it", sessionId: "s" });
    expect(server.requests[1]?.messages.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
      "user",
    ]);
    expect(server.requests[1]?.messages[2]?.toolResults[0]?.text).toMatch(
      /ended before this tool call had a result/,
    );
  });
});

test("a tool's result is kept when the run ends in the middle of the next call", async () => {
  const calls = ["echo first", "echo begun; sleep 600"].flatMap((command) => bash(command).toolCalls);
  const { ws, server } = await setting([{ toolCalls: calls }, { text: "never mind" }]);
  const abort = new AbortController();
  const onEvent = (event: RunEvent) =>
    event.type === "tool_update" && event.output.includes("begun") && abort.abort();
  const run = ws.run({ message: "go", sessionId: "s", signal: abort.signal, onEvent });
  await expect(run).rejects.toMatchObject({ code: "RUN_ABORTED" });
  await ws.run({ message: "stop it", sessionId: "s" });
  const results = server.requests[1]?.messages[2]?.toolResults.map(({ text }) => text.trim());
  expect(results).toEqual(["first", expect.stringMatching(/ended before this tool call had a result/)]);
});

describe("a run whose sandbox cannot be made", () => {
  test("fails with the sandbox's own error, without a model call", async () => {
    const { ws, server } = await setting([], { sandbox: { limits: { memoryMb: -1 } } });
    await expect(ws.run({ message: "go" })).rejects.toMatchObject({
      code: expect.stringMatching(/^SANDBOX/),
    });
    expect(server.requests).toHaveLength(0);
    const names = readdirSync(join(ws.filesDir, "..", "sessions"));
    expect(names.filter((name) => name.endsWith(".jsonl"))).toEqual([]);
  });
});

describe("a run whose sandbox ends", () => {
  test.each([
    ["a tool call", [bash("sleep 600")]],
    ["the first model call", [{ fault: { hang: true as const } }]],
    ["a later model call", [bash("true"), { fault: { hang: true as const } }]],
  ])("during %s, because its time is up, fails with a typed error that says so", async (_, script) => {
    const { ws } = await setting(script, {
      sandbox: { enforce: "best-effort", limits: { ...anySandbox.limits, wallMs: 1500 } },
    });
    await expect(ws.run({ message: "go" })).rejects.toMatchObject({
      code: "SANDBOX_ENDED",
      reason: "wallMs",
      message: expect.stringMatching(/raise sandbox\.limits\.wallMs/),
    });
  });
});

describe("a run whose session cannot be read", () => {
  test("fails with a typed error, and leaves the transcript as it is", async () => {
    const { ws, transcript } = await setting([{ text: "one" }]);
    await ws.run({ message: "go", sessionId: "s" });
    const damaged = transcript("s").replace('"type":"session"', '"type":');
    writeFileSync(join(ws.filesDir, "..", "sessions", "s.jsonl"), damaged);
    await expect(ws.run({ message: "go", sessionId: "s" })).rejects.toMatchObject({
      code: "TRANSCRIPT_CORRUPT",
    });
    expect(transcript("s")).toBe(damaged);
  });
});
