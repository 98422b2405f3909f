import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bash, KEY, listen } from "../setting.ts";
import { agents, spawn, tell } from "./subagent-setting.ts";

const reader = { description: "Reads files.", files: "read-only" } as const;

describe("a run with subagents", () => {
  test("starts one by its tool: an own session, an own sandbox, and its answer is the tool's result", async () => {
    const { ws, server } = await agents(
      { go: [spawn(["reader", "count"]), tell], count: [bash("cat numbers"), tell] },
      { roles: { reader } },
    );
    writeFileSync(join(ws.filesDir, "numbers"), "1 2 3\n");
    const { onEvent, events } = listen();
    const result = await ws.run({ message: "go", enableSubagents: true, sessionId: "s", onEvent });
    expect(result.response).toBe("1 2 3");
    const [subagent] = result.subagents;
    expect(result.subagents).toHaveLength(1);
    expect(subagent).toMatchObject({
      role: "reader",
      task: "count",
      parentSession: "s",
      parentId: undefined,
      depth: 1,
      status: "completed",
      turns: 2,
      usage: { output: expect.any(Number) },
      model: "scripted",
    });
    expect(subagent?.sessionId).not.toBe("s");
    expect(ws.subagents.listAll()).toEqual(result.subagents);
    expect(ws.subagents.countActive()).toBe(0);
    const types = events.map(({ type }) => type);
    expect(types.filter((type) => type.startsWith("subagent_")).at(0)).toBe("subagent_start");
    expect(types.filter((type) => type.startsWith("subagent_")).at(-1)).toBe("subagent_end");
    const told = events.flatMap((event) => (event.type === "subagent_event" ? event.event.type : []));
    expect(told).toEqual(expect.arrayContaining(["sandbox_ready", "tool_start", "tool_end", "done"]));
    expect(told).not.toContain("text_delta");
    expect(server.requests.every(({ apiKey }) => apiKey === KEY)).toBe(true);
  });

  test("tells its transcript whose it is", async () => {
    const { ws, transcript } = await agents(
      { go: [spawn(["reader", "count"]), tell], count: [{ text: "three" }] },
      { roles: { reader } },
    );
    const { subagents } = await ws.run({ message: "go", enableSubagents: true, sessionId: "s" });
    const [header = ""] = transcript(subagents[0]?.sessionId ?? "").split("\n");
    expect(JSON.parse(header)).toMatchObject({ type: "session", parentSession: "s" });
  });

  test("is forgotten with its workspace", async () => {
    const { ws, platform } = await agents(
      { go: [spawn(["reader", "count"]), tell], count: [{ text: "three" }] },
      { roles: { reader } },
    );
    await ws.run({ message: "go", enableSubagents: true });
    expect((await platform.getWorkspace("ada")).subagents.listAll()).toHaveLength(1);
    await platform.deleteWorkspace("ada");
    expect((await platform.createWorkspace("ada")).subagents.listAll()).toEqual([]);
  });

  test("has no such tool without enableSubagents; with it, and without roles, it is an error", async () => {
    const { ws, server } = await agents({ go: [{ text: "done" }] }, { roles: { reader } });
    await ws.run({ message: "go" });
    await ws.run({ message: "go", enableSubagents: true });
    const offered = server.requests.map(({ tools }) =>
      tools.map(({ name }) => name).includes("subagent_spawn"),
    );
    expect(offered).toEqual([false, true]);
    const bare = await agents({}, {});
    await expect(bare.ws.run({ message: "go", enableSubagents: true })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      option: "enableSubagents",
    });
    expect(bare.server.requests).toHaveLength(0);
  });

  test("gets an error result for a role that it has not, and goes on", async () => {
    const { ws } = await agents({ go: [spawn(["constructor", "count"]), tell] }, { roles: { reader } });
    const { onEvent, events } = listen();
    const result = await ws.run({ message: "go", enableSubagents: true, onEvent });
    expect(result.response).toMatch(/reader/);
    expect(result.subagents).toEqual([]);
    expect(events.filter(({ type }) => type === "subagent_start")).toEqual([]);
  });

  test("cannot say more than role and task: no depth, no files, no model", async () => {
    const attempt = { role: "reader", task: "count", depth: -5, files: "fork", model: "large" };
    const { ws } = await agents(
      { go: [{ toolCalls: [{ name: "subagent_spawn", arguments: attempt }] }, tell] },
      { roles: { reader } },
    );
    const { response, subagents } = await ws.run({ message: "go", enableSubagents: true });
    expect(response).toMatch(/not valid/);
    expect(subagents).toEqual([]);
  });

  test("gets an error result when a subagent fails, and goes on", async () => {
    const { ws } = await agents(
      { go: [spawn(["reader", "fail"]), tell], fail: [{ fault: { status: 500 } }] },
      { roles: { reader } },
    );
    const result = await ws.run({ message: "go", enableSubagents: true, maxRetries: 0 });
    expect(result.response).toMatch(/500/);
    expect(result.subagents).toMatchObject([{ status: "failed", error: { code: "MODEL_CALL_FAILED" } }]);
  });

  test("asks a role's own model, with its own prompt and tools only", async () => {
    const { ws, server } = await agents(
      { go: [spawn(["reader", "count"]), tell], count: [bash("echo forbidden"), tell] },
      { roles: { reader: { ...reader, model: "small", systemPrompt: "You count.", tools: ["read", "ls"] } } },
    );
    const result = await ws.run({ message: "go", enableSubagents: true });
    const [, child] = server.requests;
    expect(child).toMatchObject({ model: "small", system: "You count." });
    expect(child?.tools.map(({ name }) => name)).toEqual(["read", "ls"]);
    expect(result.response).toMatch(/bash is not one of yours/);
  });

  test("asks the run's model where the role names none", async () => {
    const { ws, server } = await agents(
      { go: [spawn(["reader", "count"]), tell], count: [{ text: "three" }] },
      { roles: { reader } },
    );
    await ws.run({ message: "go", model: "other", enableSubagents: true });
    expect(server.requests.map(({ model }) => model)).toEqual(["other", "other", "other"]);
  });

  test("gives the parent only so much of a long answer, its end included", async () => {
    const text = `begin ${"x".repeat(100_000)} end`;
    const { ws } = await agents(
      { go: [spawn(["reader", "talk"]), tell], talk: [{ text, chunkSize: 50_000 }] },
      { roles: { reader } },
    );
    const { response } = await ws.run({ message: "go", enableSubagents: true });
    expect(response.length).toBeLessThan(33_000);
    expect(response).toMatch(/^begin x.* characters .* end$/s);
  });
});

describe("a subagent", () => {
  test("starts those of its own role's list, and no others", async () => {
    const roles = {
      chief: { description: "Leads.", canSpawn: ["reader"] },
      reader,
    };
    const { ws, server } = await agents(
      {
        go: [spawn(["chief", "lead"]), tell],
        lead: [spawn(["chief", "count"], ["reader", "count"]), tell],
        count: [{ text: "three" }],
      },
      { roles },
    );
    const result = await ws.run({ message: "go", enableSubagents: true });
    expect(result.response).toMatch(/chief.*three$/s);
    expect(result.subagents.map(({ role, depth }) => `${role} ${depth}`)).toEqual(["chief 1", "reader 2"]);
    const [chief, below] = result.subagents;
    expect(below).toMatchObject({ parentId: chief?.id, parentSession: chief?.sessionId });
    const asked = server.requests.find(({ messages }) => messages[0]?.text === "count");
    expect(asked?.tools.map(({ name }) => name)).not.toContain("subagent_spawn");
  });

  test("is ended when its time is over; its parent goes on", async () => {
    const { ws } = await agents(
      { go: [spawn(["reader", "hang"]), tell], hang: [{ fault: { hang: true } }] },
      { roles: { reader: { ...reader, timeoutMs: 400 } } },
    );
    const result = await ws.run({ message: "go", enableSubagents: true });
    expect(result.response).toMatch(/SUBAGENT_TIMEOUT/);
    expect(result.subagents).toMatchObject([{ status: "timeout", error: { code: "SUBAGENT_TIMEOUT" } }]);
    expect(ws.subagents.countActive()).toBe(0);
  });

  test("is ended with its parent's run, whose abort ends all of the tree", async () => {
    const roles = { chief: { description: "Leads.", canSpawn: ["reader"] }, reader };
    const { ws, server } = await agents(
      {
        go: [spawn(["chief", "lead"]), tell],
        lead: [spawn(["reader", "hang"]), tell],
        hang: [{ fault: { hang: true } }],
      },
      { roles },
    );
    const abort = new AbortController();
    server.onRequest(({ messages }) => messages[0]?.text === "hang" && abort.abort(new Error("enough")));
    const run = ws.run({ message: "go", enableSubagents: true, signal: abort.signal });
    await expect(run).rejects.toMatchObject({ code: "RUN_ABORTED" });
    expect(ws.subagents.countActive()).toBe(0);
    expect(ws.subagents.listAll().map(({ status }) => status)).toEqual(["aborted", "aborted"]);
    await expect(server.requests.at(-1)?.ended).resolves.toBe("aborted");
  });

  test("spends of its parent's budget, too", async () => {
    const { ws } = await agents(
      {
        go: [spawn(["reader", "loop"]), tell],
        loop: [bash("true"), bash("true"), bash("true"), { text: "never" }],
      },
      { roles: { reader } },
    );
    const run = ws.run({ message: "go", enableSubagents: true, budget: { run: { maxTurns: 3 } } });
    await expect(run).rejects.toMatchObject({ code: "BUDGET_EXCEEDED", limit: "maxTurns", spent: 3 });
    expect(ws.subagents.listAll()).toMatchObject([{ status: "failed", error: { code: "BUDGET_EXCEEDED" } }]);
    expect((await ws.spend({ period: "day" })).total.turns).toBe(3);
  });

  test("calls tools of its parent's budget, too", async () => {
    const { ws } = await agents(
      { go: [spawn(["reader", "loop"]), tell], loop: [bash("true"), bash("true"), { text: "never" }] },
      { roles: { reader } },
    );
    const { onEvent, events } = listen();
    const budget = { run: { maxToolCalls: 2 } };
    const run = ws.run({ message: "go", enableSubagents: true, budget, onEvent });
    await expect(run).rejects.toMatchObject({ code: "BUDGET_EXCEEDED", limit: "maxToolCalls" });
    const inside = events.flatMap((event) => (event.type === "subagent_event" ? event.event.type : []));
    expect(inside.filter((type) => type === "tool_start")).toHaveLength(1);
  });

  test("has a budget of its own, beyond which its parent goes on", async () => {
    const { ws } = await agents(
      { go: [spawn(["reader", "loop"]), tell], loop: [bash("true"), bash("true"), { text: "never" }] },
      { roles: { reader: { ...reader, budget: { run: { maxTurns: 1 } } } } },
    );
    const result = await ws.run({ message: "go", enableSubagents: true });
    expect(result.response).toMatch(/budget\.run\.maxTurns is used up: 1 of 1/);
    expect(result.subagents).toMatchObject([{ status: "failed", error: { code: "BUDGET_EXCEEDED" } }]);
  });
});
