import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { classifyError, type ErrorInput, type ErrorReason } from "../src/index.ts";

interface Row extends ErrorInput {
  readonly expected: ErrorReason;
  /** Other answers that are as right. */
  readonly also?: readonly ErrorReason[];
}

// Each round was written before the rules were tuned to it. Right at first sight were 98.3 of 100 of the first, 91.5
// of the second, 93.1 of the third, 92.8 of the fourth and 85.2 of the fifth, which look for what the rules before them
// did not know. The sixth holds only siblings of known mistakes (21.1), the seventh what the rules written for those
// might take too widely (about 84; some rows of both were reworded or added later).
const folder = join(import.meta.dirname, "variations");
const byRound = new Map(readdirSync(folder).map((name) => [name, rowsOf(name)] as const));
const rows = [...byRound.values()].flat();

function rowsOf(name: string): readonly Row[] {
  const lines = readFileSync(join(folder, name), "utf8").trimEnd().split("\n");
  return lines.map((line): Row => JSON.parse(line));
}

function wrongOf(some: readonly Row[]): readonly string[] {
  return some.flatMap((row) => {
    const { reason, matched } = classifyError(row);
    const isRight = [row.expected, ...(row.also ?? [])].includes(reason);
    return isRight ? [] : [`${JSON.stringify(row)}: not ${reason} (${matched})`];
  });
}

describe("errors in other words, languages and envelopes", () => {
  test("at least 98 of 100 are put in the right class", () => {
    const wrong = wrongOf(rows);
    expect(rows.length).toBeGreaterThanOrEqual(200);
    expect(wrong.length / rows.length, wrong.join("\n")).toBeLessThanOrEqual(0.02);
  });

  test.each(["round-6.jsonl", "round-7.jsonl"])("%s has one row for each guard: all are right", (name) => {
    const some = byRound.get(name) ?? [];
    expect(some).not.toEqual([]);
    expect(wrongOf(some)).toEqual([]);
  });

  test("what only talks about errors is none of them", () => {
    expect(wrongOf(rows.filter(({ expected }) => expected === "none"))).toEqual([]);
  });
});
