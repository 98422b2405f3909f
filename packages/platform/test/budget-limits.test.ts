import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dayOf, endOf, monthOf, startOf } from "../src/budget/calendar.ts";
import { type BudgetLimits, budgetLimits, effectiveBudget } from "../src/budget/limits.ts";
import { optionalPrices } from "../src/budget/prices.ts";
import { readOptions } from "../src/options/option-reader.ts";
import { parsePlatformOptions } from "../src/options/platform-options.ts";
import { parseWorkspaceConfig } from "../src/options/workspace-options.ts";
import { parseRunOptions } from "../src/run/run-options.ts";

const full = { maxTokens: 1000, maxCostUsd: 0.5, maxTurns: 3, maxToolCalls: 9 };

describe("the option budget", () => {
  test("is taken by platform, workspace and run", () => {
    const budget = { run: full, day: { maxTurns: 1 }, month: {} };
    expect(parsePlatformOptions({ stateDir: "x", budget }).budget).toEqual(budget);
    expect(parseWorkspaceConfig({ budget }).budget).toEqual(budget);
    expect(parseRunOptions({ message: "go", budget: { run: full } }).budget).toEqual({ run: full });
  });

  test.each([
    ["no object", 7, "budget"],
    ["another period", { week: full }, "week"],
    ["a misspelt limit", { day: { maxToken: 1 } }, "maxToken"],
    ["zero", { day: { maxTurns: 0 } }, "maxTurns"],
    ["a number below zero", { month: { maxCostUsd: -1 } }, "maxCostUsd"],
    ["no finite number", { month: { maxCostUsd: Number.POSITIVE_INFINITY } }, "maxCostUsd"],
    ["no number", { run: { maxTokens: "1000" } }, "maxTokens"],
    ["NaN", { run: { maxTokens: Number.NaN } }, "maxTokens"],
    ["half a turn", { run: { maxTurns: 1.5 } }, "maxTurns"],
  ])("with %s is an error that names it", (_, budget, option) => {
    const refused = expect.objectContaining({ code: "INVALID_OPTION", option });
    expect(() => parseWorkspaceConfig({ budget })).toThrow(refused);
  });

  test.each(["day", "month"])("of a run has no say in a %s", (period) => {
    expect(() => parseRunOptions({ message: "go", budget: { [period]: full } })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", option: period }),
    );
  });
});

describe("what holds for a run", () => {
  const limits = fc.record(
    {
      maxTokens: fc.integer({ min: 1, max: 9 }),
      maxCostUsd: fc.double({ min: 0.1, max: 9, noNaN: true }),
      maxTurns: fc.integer({ min: 1, max: 9 }),
      maxToolCalls: fc.integer({ min: 1, max: 9 }),
    },
    { requiredKeys: [] },
  );
  const budget = fc.record({ run: limits, day: limits, month: limits }, { requiredKeys: [] });

  test("is the workspace's limit, else the platform's; and of these and the run's own the least", () => {
    const levels = fc.record({
      platform: fc.option(budget, { nil: undefined }),
      workspace: fc.option(budget, { nil: undefined }),
      run: fc.option(fc.record({ run: limits }), { nil: undefined }),
    });
    fc.assert(
      fc.property(levels, (levels) => {
        const effective = effectiveBudget(levels);
        for (const name of budgetLimits) {
          const lasting = (period: "run" | "day" | "month"): BudgetLimits[typeof name] =>
            levels.workspace?.[period]?.[name] ?? levels.platform?.[period]?.[name];
          expect(effective.day?.[name]).toBe(lasting("day"));
          expect(effective.month?.[name]).toBe(lasting("month"));
          const own = levels.run?.run[name] ?? Number.POSITIVE_INFINITY;
          const least = Math.min(own, lasting("run") ?? Number.POSITIVE_INFINITY);
          expect(effective.run?.[name] ?? Number.POSITIVE_INFINITY).toBe(least);
        }
      }),
    );
  });
});

test("days and months are of UTC, and end where the next ones begin", () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date("2020-01-01"), max: new Date("2100-01-01"), noInvalidDate: true }),
      (date) => {
        const at = date.getTime();
        for (const [period, nameOf] of [
          ["day", dayOf],
          ["month", monthOf],
        ] as const) {
          const [start, end] = [startOf(period, at).getTime(), endOf(period, at).getTime()];
          expect(start <= at && at < end).toBe(true);
          expect([nameOf(start), nameOf(end - 1)]).toEqual([nameOf(at), nameOf(at)]);
          expect([nameOf(start - 1), nameOf(end)]).not.toContain(nameOf(at));
        }
      },
    ),
  );
  expect(endOf("month", Date.UTC(2026, 11, 31, 23))).toEqual(new Date("2027-01-01T00:00:00Z"));
  expect(endOf("day", Date.UTC(2028, 1, 28, 23))).toEqual(new Date("2028-02-29T00:00:00Z"));
});

describe("the option prices", () => {
  const read = (prices: unknown) => optionalPrices(readOptions("test", { prices }, ["prices"]));

  test("takes the cache's price from the prompt's where it is not given", () => {
    const prices = read({
      "a/b": { input: 1, output: 2 },
      "a/b/c:free": { input: 0, output: 0, cacheRead: 0.1 },
    });
    expect(prices.get("a/b")).toEqual({ input: 1, output: 2, cacheRead: 1, cacheWrite: 1 });
    expect(prices.get("a/b/c:free")).toEqual({ input: 0, output: 0, cacheRead: 0.1, cacheWrite: 0 });
  });

  test.each([
    ["a name without a provider", { gpt: { input: 1, output: 1 } }, "prices"],
    ["no output price", { "a/b": { input: 1 } }, "output"],
    ["a negative price", { "a/b": { input: -1, output: 1 } }, "input"],
    ["a price that is a text", { "a/b": { input: "1", output: 1 } }, "input"],
    ["an unknown kind", { "a/b": { input: 1, output: 1, image: 1 } }, "image"],
    ["no object", { "a/b": 3 }, "options"],
  ])("refuses %s", (_, prices, option) => {
    expect(() => read(prices)).toThrow(expect.objectContaining({ code: "INVALID_OPTION", option }));
  });
});
