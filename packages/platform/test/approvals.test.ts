import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ApprovalQuestion, RunEvent, RunOptions, Workspace } from "../src/index.ts";
import { processesNamed } from "./processes.ts";
import { bash, listen, setting } from "./setting.ts";

const done = { text: "done" };
const touch = bash("touch made");

function isMade({ filesDir }: Workspace): boolean {
  return existsSync(join(filesDir, "made"));
}

/** A workspace in which each tool call waits for a person. */
async function asking(script: Parameters<typeof setting>[0], question?: ApprovalQuestion) {
  const made = await setting(script);
  made.ws.hooks.register("before_tool_call", async ({ approve }) => void (await approve(question)));
  return made;
}

type Pending = RunEvent & { type: "pending" };

/** A run in which the function answers. What that throws ends the run: listeners' errors are not told. */
async function runAnswered(
  ws: Workspace,
  answer: (event: Pending) => unknown,
  options: Partial<RunOptions> = {},
) {
  const stop = new AbortController();
  const failed: unknown[] = [];
  const fail = (error: unknown) => {
    failed.push(error);
    stop.abort();
  };
  const { events, onEvent, types } = listen();
  const both = (event: RunEvent) => {
    onEvent(event);
    if (event.type === "pending") (async () => answer(event))().catch(fail);
  };
  const run = ws.run({ message: "go", signal: stop.signal, ...options, onEvent: both });
  await run.catch((error: unknown) => {
    throw failed[0] ?? error;
  });
  expect(failed).toEqual([]);
  return { events, types };
}

describe("a tool call that waits for a person", () => {
  test("is carried out when the answer is yes, which any object of the workspace can give", async () => {
    const { ws, platform } = await asking([touch, done], { prompt: "May it?" });
    const other = await platform.getWorkspace("ada");
    const answer = ({ approvalId }: Pending) => {
      expect(other.approvals.list()).toEqual([
        {
          approvalId,
          sessionId: "s",
          runId: expect.any(String),
          depth: 0,
          toolCallId: expect.any(String),
          toolName: "bash",
          input: { command: "touch made" },
          prompt: "May it?",
          askedAt: expect.any(Date),
          expiresAt: expect.any(Date),
        },
      ]);
      expect(isMade(ws)).toBe(false);
      other.approvals.resolve(approvalId, { approved: true });
    };
    const { events, types } = await runAnswered(ws, answer, { sessionId: "s" });
    expect(isMade(ws)).toBe(true);
    expect(ws.approvals.list()).toEqual([]);
    expect(types()).toEqual(expect.arrayContaining(["pending", "approval", "tool_start", "tool_end"]));
    expect(events).toContainEqual(expect.objectContaining({ type: "approval", approved: true }));
  });

  test("is not when the answer is no: it never reaches the sandbox, and the model is told the reason", async () => {
    const marker = "86399.375";
    const { ws, server } = await asking([bash(`touch made; sleep ${marker}`), done]);
    const seen: string[][] = [];
    ws.hooks.register("before_model_call", () => void seen.push(processesNamed(marker)));
    await runAnswered(ws, ({ approvalId }) => {
      seen.push(processesNamed(marker));
      ws.approvals.resolve(approvalId, { approved: false, reason: "not today" });
    });
    expect(isMade(ws)).toBe(false);
    expect(seen).toEqual([[], [], []]);
    expect(server.requests[1]?.messages.at(-1)?.toolResults[0]?.text).toMatch(
      /did not approve it: not today$/,
    );
  });

  test("is blocked when nobody answers in time; an answer is then too late", async () => {
    const { ws, server } = await asking([touch, done], { timeoutMs: 20 });
    const ids: string[] = [];
    await runAnswered(ws, ({ approvalId }) => ids.push(approvalId));
    expect(isMade(ws)).toBe(false);
    expect(server.requests[1]?.messages.at(-1)?.toolResults[0]?.text).toMatch(/nobody answered in time/);
    expect(ws.approvals.list()).toEqual([]);
    expect(() => ws.approvals.resolve(ids[0] ?? "", { approved: true })).toThrow(
      expect.objectContaining({ code: "APPROVAL_NOT_FOUND", approvalId: ids[0] }),
    );
  });

  test("ends with its run when that is aborted", async () => {
    const { ws } = await asking([touch, done]);
    const abort = new AbortController();
    const run = runAnswered(ws, () => abort.abort(), { signal: abort.signal });
    await expect(run).rejects.toMatchObject({ code: "RUN_ABORTED" });
    expect(ws.approvals.list()).toEqual([]);
    expect(isMade(ws)).toBe(false);
  });

  test("ends with its run also where its hook does not wait", async () => {
    const { ws } = await setting([touch, done]);
    ws.hooks.register("before_tool_call", ({ approve }) => void approve());
    const abort = new AbortController();
    // The hook is done by then.
    const run = runAnswered(ws, () => setImmediate(() => abort.abort()), { signal: abort.signal });
    await expect(run).rejects.toMatchObject({ code: "RUN_ABORTED" });
    expect(ws.approvals.list()).toEqual([]);
  });

  test("is shown with the input that it would be carried out with, whatever its hook has done to its copy", async () => {
    const { ws } = await setting([touch, done]);
    ws.hooks.register("before_tool_call", async ({ input, approve }) => {
      input.command = "echo harmless";
      await approve();
    });
    await runAnswered(ws, ({ approvalId, input }) => {
      expect(input).toEqual({ command: "touch made" });
      ws.approvals.resolve(approvalId, { approved: true });
    });
    expect(isMade(ws)).toBe(true);
  });

  test("does not use up the hook's own time", async () => {
    const { ws } = await setting(({ messages }) => {
      if (messages[0]?.text === "other") return { text: "other" };
      return messages.at(-1)?.role === "user" ? touch : done;
    });
    ws.hooks.register("before_tool_call", async ({ approve }) => void (await approve()), { timeoutMs: 1 });
    const { events } = await runAnswered(ws, async ({ approvalId }) => {
      await ws.run({ message: "other" });
      ws.approvals.resolve(approvalId, { approved: true });
    });
    expect(events.filter(({ type }) => type === "hook_failed")).toEqual([]);
    expect(isMade(ws)).toBe(true);
  });

  test("can be seen and answered by its own workspace only, and once", async () => {
    const { ws, platform } = await asking([touch, done]);
    const bob = await platform.createWorkspace("bob");
    await runAnswered(ws, ({ approvalId }) => {
      expect(bob.approvals.list()).toEqual([]);
      const notFound = expect.objectContaining({ code: "APPROVAL_NOT_FOUND" });
      expect(() => bob.approvals.resolve(approvalId, { approved: true })).toThrow(notFound);
      ws.approvals.resolve(approvalId, { approved: false });
      expect(() => ws.approvals.resolve(approvalId, { approved: true })).toThrow(notFound);
    });
    expect(isMade(ws)).toBe(false);
  });
});

describe("a hook that asks a person", () => {
  test.each([
    ["does not wait for the answer", ({ approve }: Asker) => void approve()],
    ["does not care for the answer", ({ approve }: Asker) => approve().then(() => ({ block: false }))],
    ["asks twice", ({ approve }: Asker) => Promise.all([approve(), approve()]).then(() => undefined)],
  ])("and %s still gets the call blocked when it is no", async (_, handler) => {
    const { ws } = await setting([touch, done]);
    ws.hooks.register("before_tool_call", handler);
    let approved = false;
    await runAnswered(ws, ({ approvalId }) => {
      ws.approvals.resolve(approvalId, { approved });
      // Whoever is asked a second time says yes.
      approved = true;
    });
    expect(isMade(ws)).toBe(false);
  });

  test("and has failed leaves nothing pending", async () => {
    const { ws } = await setting([touch, done]);
    ws.hooks.register("before_tool_call", ({ approve }) => {
      void approve();
      throw new Error("broken");
    });
    const pending: number[] = [];
    ws.hooks.register("before_model_call", () => void pending.push(ws.approvals.list().length));
    await ws.run({ message: "go" });
    expect(pending).toEqual([0, 0]);
    expect(isMade(ws)).toBe(false);
  });

  test("that is asked for by a handler which is done asks nobody", async () => {
    const { ws } = await setting([bash("true"), done]);
    let late: (() => Promise<unknown>) | undefined;
    ws.hooks.register("before_tool_call", ({ approve }) => {
      late = approve;
    });
    const asked: unknown[] = [];
    ws.hooks.register("after_tool_call", async () => {
      await late?.().catch((error: unknown) => asked.push(error));
    });
    const { events, onEvent } = listen();
    expect(await ws.run({ message: "go", onEvent })).toMatchObject({ response: "done" });
    expect(asked).toEqual([expect.objectContaining({ name: "AbortError" })]);
    expect(events.filter(({ type }) => type === "pending")).toEqual([]);
  });

  test.each([
    ["itself", true],
    ["by one after it", false],
  ])("about one input does not let another through, changed by: %s", async (_, itself) => {
    const { ws, server } = await setting([bash("echo harmless"), done]);
    const change = { input: { command: "touch made" } };
    ws.hooks.register("before_tool_call", async ({ approve }) => {
      await approve();
      return itself ? change : undefined;
    });
    if (!itself) ws.hooks.register("before_tool_call", () => change);
    const { events } = await runAnswered(ws, ({ approvalId }) =>
      ws.approvals.resolve(approvalId, { approved: true }),
    );
    expect(isMade(ws)).toBe(false);
    expect(events).toContainEqual(expect.objectContaining({ type: "hook_failed", reason: "result" }));
    expect(server.requests[1]?.messages.at(-1)?.toolResults[0]?.text).toMatch(/could not be completed/);
  });

  test.each<[Record<string, unknown>]>([
    [{ promt: "x" }],
    [{ timeoutMs: 0 }],
    [{ prompt: "x".repeat(10_001) }],
  ])("with %o fails, and the call is blocked", async (question) => {
    const { ws } = await asking([touch, done], question);
    const { events, onEvent } = listen();
    await ws.run({ message: "go", onEvent });
    expect(isMade(ws)).toBe(false);
    expect(events).toContainEqual(expect.objectContaining({ type: "hook_failed", reason: "threw" }));
  });
});

interface Asker {
  approve(): Promise<unknown>;
}

test.each([[{}], [{ approved: "yes" }], [{ approved: true, why: "x" }]])(
  "an answer %o is refused, and the call goes on waiting",
  async (answer) => {
    const { ws } = await asking([touch, done]);
    await runAnswered(ws, ({ approvalId }) => {
      const resolve: unknown = ws.approvals.resolve;
      if (typeof resolve !== "function") throw new TypeError("resolve must be a function");
      expect(() => resolve(approvalId, answer)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
      expect(ws.approvals.list()).toHaveLength(1);
      ws.approvals.resolve(approvalId, { approved: true });
    });
    expect(isMade(ws)).toBe(true);
  },
);
