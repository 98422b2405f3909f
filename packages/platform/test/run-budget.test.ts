import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { noUsage } from "../src/run/usage.ts";
import { answer, call, plan, spent, workspace } from "./budget-setting.ts";

const exceeded = (period: string, limit: string, spent: number) =>
  expect.objectContaining({ code: "BUDGET_EXCEEDED", period, limit, spent });

describe("a limit of a run", () => {
  test("of turns lets so many calls through", async () => {
    const run = workspace().begin({ run: { maxTurns: 2 } });
    await call(run, spent(1));
    await call(run, spent(1));
    await expect(call(run, spent(1))).rejects.toEqual(exceeded("run", "maxTurns", 2));
  });

  test("of turns does not count attempts that failed", async () => {
    const run = workspace().begin({ run: { maxTurns: 1 } });
    run.onSpent(spent(5, { answer: undefined }));
    await call(run, spent(1));
    expect((await run.status()).run).toMatchObject({
      spent: { turns: 1, totalTokens: 6 },
      left: { turns: 0 },
    });
  });

  test("of tokens counts what the request would take, too, and that an answer takes more", async () => {
    const run = workspace().begin({ run: { maxTokens: 100 } });
    await call(run, spent(60));
    await run.beforeAttempt(plan({ requestTokens: 39 }));
    await expect(run.beforeAttempt(plan({ requestTokens: 40 }))).rejects.toMatchObject({
      message: expect.stringMatching(
        /^budget\.run\.maxTokens is used up: 60 of 100 are spent, and 40 more .*raise budget\.run\.maxTokens/,
      ),
      max: 100,
      resetsAt: undefined,
      usage: { totalTokens: 60 },
    });
  });

  test("of dollars counts what the request takes at its cheapest", async () => {
    const run = workspace().begin({ run: { maxCostUsd: 1 } });
    await call(run, spent(1, { usage: { ...noUsage, totalTokens: 1, costUsd: 0.5 } }));
    await run.beforeAttempt(plan({ requestTokens: 499_999 }));
    await expect(run.beforeAttempt(plan({ requestTokens: 500_000 }))).rejects.toEqual(
      exceeded("run", "maxCostUsd", 0.5),
    );
  });

  test("of tool calls fails no answer without one because of what other runs have called", async () => {
    const { begin } = workspace();
    const [one, other] = [begin({ day: { maxToolCalls: 1 } }), begin({})];
    await one.beforeAttempt(plan());
    await call(other, spent(1, { answer: answer(2) }));
    one.onSpent(spent(1));
    await one.onAnswer({ message: answer() });
    await expect(one.beforeAttempt(plan())).rejects.toEqual(exceeded("day", "maxToolCalls", 2));
  });

  test("of tool calls lets an answer without one through when they are used up, and no call more", async () => {
    const run = workspace().begin({ run: { maxToolCalls: 2 } });
    await call(run, spent(1, { answer: answer(2) }));
    await call(run, spent(1));
    await expect(call(run, spent(1, { answer: answer(1) }))).rejects.toEqual(
      exceeded("run", "maxToolCalls", 3),
    );
    await expect(run.beforeAttempt(plan())).rejects.toEqual(exceeded("run", "maxToolCalls", 3));
  });

  test("is the run's own: another begins with nothing", async () => {
    const { begin } = workspace();
    const budget = { run: { maxTurns: 1 } };
    await call(begin(budget), spent(1));
    await call(begin(budget), spent(1));
  });
});

describe("a limit of a day or a month", () => {
  test.each(["day", "month"] as const)(
    "of a %s is that of all runs of the workspace, also after a restart",
    async (period) => {
      const { begin, ledger, file } = workspace();
      const budget = { [period]: { maxTurns: 2 } };
      await call(begin(budget), spent(1));
      await call(begin({}), spent(1));
      await expect(call(begin(budget), spent(1))).rejects.toEqual(exceeded(period, "maxTurns", 2));
      const restarted = workspace(join(file, ".."));
      await expect(call(restarted.begin(budget), spent(1))).rejects.toEqual(exceeded(period, "maxTurns", 2));
      expect((await ledger.sums(Date.UTC(2026, 10, 22))).total("2026-11").turns).toBe(2);
    },
  );

  test("of a day ends at midnight (UTC), also in the middle of a run", async () => {
    const { begin, clock } = workspace();
    const run = begin({ day: { maxTokens: 100 }, run: { maxTurns: 3 } });
    clock.now = Date.UTC(2026, 10, 22, 23, 59, 59, 999);
    await call(run, spent(100));
    await expect(run.beforeAttempt(plan())).rejects.toMatchObject({
      resetsAt: new Date("2026-11-23T00:00:00Z"),
      message: expect.stringContaining("wait until 2026-11-23T00:00:00.000Z"),
    });
    clock.now += 1;
    await call(run, spent(30));
    expect(await run.status()).toMatchObject({
      run: { spent: { turns: 2, totalTokens: 130 }, left: { turns: 1 } },
      day: {
        spent: { totalTokens: 30 },
        left: { totalTokens: 70 },
        resetsAt: new Date("2026-11-24T00:00:00Z"),
      },
    });
  });

  test("of a month ends with it, and an answer that comes after midnight is of the new one", async () => {
    const { begin, clock } = workspace();
    const run = begin({ month: { maxTurns: 2 } });
    await call(run, spent(1));
    clock.now = Date.UTC(2026, 11, 1) - 1;
    await run.beforeAttempt(plan());
    clock.now += 1;
    run.onSpent(spent(1));
    await call(run, spent(1));
    await expect(run.beforeAttempt(plan())).rejects.toMatchObject({
      resetsAt: new Date("2027-01-01T00:00:00Z"),
    });
  });

  test("refuses calls while the ledger cannot be read; limits of the run alone do not need it", async () => {
    const { begin, file } = workspace();
    await call(begin({}), spent(1));
    appendFileSync(file, "\ndamaged\n");
    await expect(begin({ day: { maxTurns: 9 } }).beforeAttempt(plan())).rejects.toMatchObject({
      code: "SPEND_CORRUPT",
      path: file,
    });
    await call(begin({ run: { maxTurns: 1 } }), spent(1));
  });

  test("is exceeded by runs at the same time by no more than their calls under way", async () => {
    const { begin, ledger, clock } = workspace();
    const runs = Array.from({ length: 5 }, () => begin({ day: { maxTurns: 12 } }));
    const ends = await Promise.allSettled(
      runs.map(async (run) => {
        for (;;) await call(run, spent(1));
      }),
    );
    for (const end of ends)
      expect(end).toMatchObject({
        status: "rejected",
        reason: { code: "BUDGET_EXCEEDED", limit: "maxTurns" },
      });
    const { turns } = (await ledger.sums(clock.now)).total("2026-11-22");
    expect(turns).toBeGreaterThanOrEqual(12);
    expect(turns).toBeLessThanOrEqual(12 + runs.length - 1);
  });
});

describe("a budget of dollars", () => {
  test.each(["run", "day", "month"])("of a %s refuses a model whose price nobody knows", async (period) => {
    const run = workspace().begin({ [period]: { maxCostUsd: 1 } });
    await expect(run.beforeAttempt(plan({ price: undefined }))).rejects.toMatchObject({
      code: "UNKNOWN_PRICE",
      provider: "p",
      model: "m",
      message: expect.stringContaining('prices: { "p/m": { input, output } }'),
    });
  });

  test("takes a model that is said to be free", async () => {
    const free = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
    const run = workspace().begin({ run: { maxCostUsd: 1 } });
    await run.beforeAttempt(plan({ price: free, requestTokens: 1e6 }));
  });
});

describe("what is recorded", () => {
  test("is stored before the answer is given on", async () => {
    const { begin, file } = workspace();
    const run = begin({});
    run.onSpent(spent(1));
    await run.onAnswer({ message: answer() });
    expect(existsSync(file)).toBe(true);
  });

  test("counts an answer whose provider told no tokens by its length", async () => {
    const { begin, ledger, clock } = workspace();
    const run = begin({ run: { maxTokens: 1000 } });
    await run.beforeAttempt(plan({ requestTokens: 500 }));
    run.onSpent(spent(0));
    await run.onAnswer({ message: answer() });
    const total = (await ledger.sums(clock.now)).total("2026-11");
    expect(total).toMatchObject({ input: 500, turns: 1 });
    expect(total.output).toBeGreaterThan(0);
    expect(total.costUsd).toBeCloseTo((500 * 10 + total.output * 20) / 1e6, 12);
    await expect(run.beforeAttempt(plan({ requestTokens: 500 }))).rejects.toEqual(
      exceeded("run", "maxTokens", total.totalTokens),
    );
  });

  test.each([Number.NaN, -1000, Number.POSITIVE_INFINITY])(
    "never lowers a sum, nor breaks it: %d tokens",
    async (bad) => {
      const { begin, ledger, clock } = workspace();
      const run = begin({ day: { maxTokens: 50 } });
      await call(run, spent(10));
      await call(
        run,
        spent(bad, { usage: { ...noUsage, input: bad, output: 20, totalTokens: bad, costUsd: bad } }),
      );
      expect((await ledger.sums(clock.now)).total("2026-11").totalTokens).toBeGreaterThanOrEqual(30);
    },
  );

  test("that cannot be stored keeps the answer from being given on, and ends the run", async () => {
    const { begin } = workspace("/proc/nowhere/spend");
    const run = begin({});
    run.onSpent(spent(1));
    await expect(run.onAnswer({ message: answer() })).rejects.toMatchObject({ code: "SPEND_WRITE_FAILED" });
    await expect(run.beforeAttempt(plan())).rejects.toMatchObject({ code: "SPEND_WRITE_FAILED" });
    await run.settled();
  });
});

test("an event tells of each limit once in a run when four fifths of it are used", async () => {
  const { begin, events } = workspace();
  const run = begin({ run: { maxTurns: 4 }, day: { maxTokens: 100 } });
  await call(run, spent(79));
  expect(events).toEqual([]);
  await call(run, spent(1));
  const day = { type: "budget", period: "day", limit: "maxTokens", max: 100, spent: 80 };
  expect(events).toEqual([{ ...day, resetsAt: new Date("2026-11-23T00:00:00Z") }]);
  await call(run, spent(1));
  await call(run, spent(1));
  expect(events.slice(1)).toEqual([
    { type: "budget", period: "run", limit: "maxTurns", max: 4, spent: 4, resetsAt: undefined },
  ]);
  await begin({ day: { maxTokens: 100 } }).beforeAttempt(plan());
  expect(events).toHaveLength(3);
});
