import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelScript } from "@cloison/testing";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Budget, createPlatform, type PlatformOptions } from "../src/index.ts";
import { anySandbox, bash, KEY, listen, setting } from "./setting.ts";

/** Far more than the request is estimated at. */
const usage = { inputTokens: 70_000, outputTokens: 30_000 };
/** As often as it is asked, the model calls a tool. */
const endless: ModelScript = () => ({ ...bash("true"), usage });

/** A workspace with a budget, whose model is scripted. */
async function limited(
  budget: Budget,
  script: ModelScript = endless,
  options: Partial<PlatformOptions> = {},
) {
  const { server, platform, stateDir } = await setting(script, options);
  const ws = await platform.createWorkspace("bob", { budget });
  const restart = () =>
    createPlatform({
      stateDir,
      provider: "openai",
      model: "scripted",
      baseUrl: server.baseUrls.openai,
      apiKeys: { openai: KEY },
      env: {},
      sandbox: anySandbox,
    }).getWorkspace("bob");
  return { ws, server, stateDir, platform, restart };
}

describe("a budget", () => {
  test.each([
    ["maxTurns", { maxTurns: 2 }, 2],
    ["maxTokens", { maxTokens: 200_000 }, 2],
    ["maxToolCalls", { maxToolCalls: 2 }, 3],
    ["maxCostUsd", { maxCostUsd: 0.2 }, 2],
  ] as const)("of %s stops a run in its middle, before the next call", async (limit, limits, calls) => {
    const prices = { "openai/scripted": { input: 1, output: 1 } };
    const { ws, server } = await limited({ run: limits }, endless, { prices });
    const { onEvent, events } = listen();
    await expect(ws.run({ message: "go", sessionId: "s", onEvent })).rejects.toMatchObject({
      code: "BUDGET_EXCEEDED",
      period: "run",
      limit,
      usage: { totalTokens: 100_000 * calls },
    });
    expect(server.requests).toHaveLength(calls);
    expect(events.filter(({ type }) => type === "tool_end")).toHaveLength(2);
    expect(events.filter(({ type }) => type === "budget")).toHaveLength(1);
  });

  test.each(["day", "month"] as const)(
    "of a %s stays used up after a restart, and for other sessions",
    async (period) => {
      const { ws, server, restart } = await limited({ [period]: { maxTurns: 2 } });
      const stopped = expect.objectContaining({
        code: "BUDGET_EXCEEDED",
        period,
        limit: "maxTurns",
        spent: 2,
      });
      await expect(ws.run({ message: "go", sessionId: "s" })).rejects.toEqual(stopped);
      const again = await restart();
      await expect(again.run({ message: "go", sessionId: "s" })).rejects.toEqual(stopped);
      await expect(again.run({ message: "go" })).rejects.toEqual(stopped);
      expect(server.requests).toHaveLength(2);
    },
  );

  test("is used up only once the day is over, also for a run that crosses midnight", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 30, 23, 59) });
    onTestFinished(() => void vi.useRealTimers());
    const { ws, server } = await limited({ day: { maxTurns: 2 } }, [
      bash("true"),
      () => {
        vi.setSystemTime(Date.UTC(2026, 11, 1, 0, 1));
        return bash("true");
      },
      { text: "happy december" },
    ]);
    const { budget } = await ws.run({ message: "go" });
    expect(budget.day).toMatchObject({ spent: { turns: 2 }, resetsAt: new Date("2026-12-02T00:00:00Z") });
    await expect(ws.run({ message: "go" })).rejects.toMatchObject({ code: "BUDGET_EXCEEDED", period: "day" });
    expect(server.requests).toHaveLength(3);
    vi.setSystemTime(Date.UTC(2026, 10, 30, 23));
    expect((await ws.spend()).total.turns).toBe(1);
  });

  test("of a run can be made less for one run, and not more", async () => {
    const { ws, server } = await limited({ run: { maxTurns: 2 } });
    const run = (maxTurns: number) => ws.run({ message: "go", budget: { run: { maxTurns } } });
    await expect(run(1)).rejects.toMatchObject({ code: "BUDGET_EXCEEDED", max: 1 });
    await expect(run(5)).rejects.toMatchObject({ code: "BUDGET_EXCEEDED", max: 2 });
    expect(server.requests).toHaveLength(3);
  });

  test("of the platform holds in a workspace that names none", async () => {
    const { platform, server } = await setting(endless, { budget: { day: { maxTurns: 1 } } });
    const ws = await platform.getWorkspace("ada");
    await expect(ws.run({ message: "go" })).rejects.toMatchObject({ code: "BUDGET_EXCEEDED", max: 1 });
    const free = await platform.createWorkspace("eve", { budget: { day: { maxTurns: 2 } } });
    await expect(free.run({ message: "go" })).rejects.toMatchObject({ code: "BUDGET_EXCEEDED", max: 2 });
    expect(server.requests).toHaveLength(3);
  });

  test("that cannot be read refuses calls, and the file stays as it is", async () => {
    const { ws, server, stateDir } = await limited({ day: { maxTurns: 9 } }, () => ({ text: "hi", usage }));
    await ws.run({ message: "go" });
    const { startedAt } = await ws.spend();
    const path = join(stateDir, "workspaces", "bob", "spend", `${startedAt.toISOString().slice(0, 7)}.jsonl`);
    const damaged = readFileSync(path, "utf8").replace('"turns":1', '"turns":"1"');
    writeFileSync(path, damaged);
    await expect(ws.run({ message: "go" })).rejects.toMatchObject({ code: "SPEND_CORRUPT", path });
    expect(server.requests).toHaveLength(1);
    expect(readFileSync(path, "utf8")).toBe(damaged);
  });
});

describe("a budget of dollars", () => {
  test("refuses a model without a price, and takes the one that is given for the usage, too", async () => {
    const reply: ModelScript = () => ({ text: "hi", usage });
    const { ws, server } = await limited({ day: { maxCostUsd: 1 } }, reply);
    await expect(ws.run({ message: "go" })).rejects.toMatchObject({
      code: "UNKNOWN_PRICE",
      model: "scripted",
    });
    expect(server.requests).toHaveLength(0);
    const prices = { "openai/scripted": { input: 1, output: 2 } };
    const priced = await limited({ day: { maxCostUsd: 1 } }, reply, { prices });
    const { usage: spent, budget } = await priced.ws.run({ message: "go" });
    expect(spent.costUsd).toBeCloseTo(0.13, 12);
    expect(budget.day?.left.costUsd).toBeCloseTo(0.87, 12);
  });
});

test("what runs have spent is in their results, and told by the workspace without any budget", async () => {
  const { ws, stateDir } = await setting(() => ({ text: "hi", usage }));
  expect((await ws.spend()).by).toEqual([]);
  const results = await Promise.all([ws.run({ message: "go" }), ws.run({ message: "go" })]);
  expect(results.map(({ budget }) => budget)).toEqual([{}, {}]);
  const { total, by } = await ws.spend({ period: "day" });
  expect(total).toMatchObject({
    input: 140_000,
    output: 60_000,
    totalTokens: 200_000,
    turns: 2,
    toolCalls: 0,
  });
  expect(by).toEqual([{ provider: "openai", model: "scripted", key: `…${KEY.slice(-4)}`, ...total }]);
  await expect(ws.spend(JSON.parse('{"period":"year"}'))).rejects.toMatchObject({ code: "INVALID_OPTION" });
  await expect(ws.spend(JSON.parse('{"month":"2026-11"}'))).rejects.toMatchObject({ code: "INVALID_OPTION" });
  const spend = join(stateDir, "workspaces", "ada", "spend");
  for (const name of readdirSync(spend)) expect(readFileSync(join(spend, name), "utf8")).not.toContain(KEY);
});

describe("a budget and a chain of models", () => {
  const chain = (baseUrl: string) => ({
    message: "go",
    model: "first",
    fallbacks: [{ provider: "local", model: "second", baseUrl }],
  });
  const options = { apiKeys: { openai: KEY, local: KEY } };

  test("a call that is refused goes to no other model, and lets none cool down", async () => {
    const { ws, server, platform } = await limited(
      { run: { maxTokens: 10 } },
      () => ({ text: "hi" }),
      options,
    );
    const run = chain(server.baseUrls.openai);
    await expect(ws.run(run)).rejects.toMatchObject({ code: "BUDGET_EXCEEDED", spent: 0, max: 10 });
    expect(server.requests).toHaveLength(0);
    const free = await platform.getWorkspace("ada");
    expect(await free.run(run)).toMatchObject({ response: "hi", model: "first" });
  });

  test("each attempt is checked: the price of the model that is asked next has to be known, too", async () => {
    const prices = { "openai/first": { input: 1, output: 1 } };
    const script: ModelScript = [{ fault: { status: 404 } }];
    const { ws, server } = await limited({ run: { maxCostUsd: 1 } }, script, { ...options, prices });
    await expect(ws.run(chain(server.baseUrls.openai))).rejects.toMatchObject({
      code: "UNKNOWN_PRICE",
      provider: "local",
      model: "second",
    });
    expect(server.requests.map(({ model }) => model)).toEqual(["first"]);
  });
});

test("tool calls beyond a limit are not run, and the session goes on from there", async () => {
  const two = { toolCalls: [1, 2].map((n) => ({ name: "bash", arguments: { command: `echo > ${n}` } })) };
  const { ws, server } = await limited({ run: { maxToolCalls: 1 } }, [two, { text: "I see" }]);
  const { onEvent, types } = listen();
  await expect(ws.run({ message: "go", sessionId: "s", onEvent })).rejects.toMatchObject({
    code: "BUDGET_EXCEEDED",
    limit: "maxToolCalls",
    spent: 2,
  });
  expect(types()).not.toContain("tool_start");
  await ws.run({ message: "and?", sessionId: "s" });
  expect(server.requests[1]?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "user"]);
});
