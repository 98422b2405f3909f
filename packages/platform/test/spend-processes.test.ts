import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSpendLedger } from "../src/budget/spend-ledger.ts";
import { runAndKill, source } from "./killed-child.ts";
import { spendRecord } from "./spend-setting.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const NOON = Date.UTC(2026, 10, 22, 12);

/** Eight runs at the same time, each of which records and looks in turns. */
const writer = (directory: string, model: string, records: number) => `
  import { createSpendLedger } from ${source("budget/spend-ledger.ts")};
  const ledger = createSpendLedger(${JSON.stringify(directory)});
  const base = ${JSON.stringify(spendRecord({ model }))};
  let last = 0;
  await Promise.all(Array.from({ length: 8 }, async (_, run) => {
    for (let number = 1; number <= ${records}; number += 1) {
      await ledger.record({ ...base, sessionId: "s".repeat(1 + (run * number) % 400), input: number });
      const seen = (await ledger.sums(base.at)).total("2026-11").turns;
      if (seen < last) throw new Error("the sums went down");
      last = seen;
    }
  }));`;

test("processes that write and read at the same time come to exact sums", async () => {
  const directory = join(temporaryDirectory(), "spend");
  const records = 60;
  const ends = ["a", "b", "c"].map(async (model) => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", writer(directory, model, records)], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    return once(child, "exit");
  });
  for (const end of ends) expect(await end).toEqual([0, null]);
  const sums = await createSpendLedger(directory).sums(NOON);
  const input = (8 * records * (records + 1)) / 2;
  expect(sums.total("2026-11")).toMatchObject({ turns: 3 * 8 * records, input: 3 * input });
  for (const share of sums.shares("2026-11-22")) expect(share).toMatchObject({ turns: 8 * records, input });
});

/** Records numbers without end, several at the same time, and says which are stored. */
const endless = (directory: string, first: number) => `
  import { writeSync } from "node:fs";
  import { createSpendLedger } from ${source("budget/spend-ledger.ts")};
  const ledger = createSpendLedger(${JSON.stringify(directory)});
  const base = ${JSON.stringify(spendRecord())};
  let next = ${first};
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (;;) {
      const number = next++;
      await ledger.record({ ...base, model: "x".repeat((number * 7919) % 9000), input: number });
      writeSync(1, number + "\\n");
    }
  }));`;

test("a kill at any moment loses no acknowledged record, and counts none twice", {
  timeout: 120_000,
}, async () => {
  const directory = join(temporaryDirectory(), "spend");
  const acknowledged = new Set<number>();
  let first = 1;
  // A living process reads all the while what the killed ones leave.
  const reader = createSpendLedger(directory);
  for (let round = 0; round < 50; round += 1) {
    const lines = await runAndKill(endless(directory, first), 1 + Math.floor(Math.random() * 30));
    for (const line of lines) acknowledged.add(Number(line));
    const stored = storedNumbers(directory);
    expect(new Set(stored).size).toBe(stored.length);
    for (const number of acknowledged) expect(stored).toContain(number);
    // Those that were on their way when the process died: one for each of its writers.
    expect(stored.length).toBeLessThanOrEqual(acknowledged.size + 4 * (round + 1));
    // A record may still lack nothing but its newline; it counts from the next record on.
    await reader.record(spendRecord({ input: 0, model: "reader" }));
    first = 1 + Math.max(first, ...storedNumbers(directory));
    const sums = await reader.sums(NOON);
    expect(sums.total("2026-11").input).toBe(sum(storedNumbers(directory)));
  }
});

/** The numbers of whole records, read by other means than the ledger's own. */
function storedNumbers(directory: string): number[] {
  return readdirSync(directory)
    .flatMap((name) => readFileSync(join(directory, name), "utf8").split("\n"))
    .flatMap((line) => (line.trimEnd().endsWith("}") ? Number(JSON.parse(line).input) : []))
    .filter((number) => number > 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
