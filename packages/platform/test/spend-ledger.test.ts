import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dayOf, monthOf } from "../src/budget/calendar.ts";
import { createSpendLedger } from "../src/budget/spend-ledger.ts";
import { frameSpend } from "../src/budget/spend-lines.ts";
import { formatSpend, type SpendRecord } from "../src/budget/spend-record.ts";
import { readSpend } from "../src/budget/workspace-spend.ts";
import { spendRecord } from "./spend-setting.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const NOON = Date.UTC(2026, 10, 22, 12);

function ledgers() {
  const directory = join(temporaryDirectory(), "spend");
  return { directory, open: () => createSpendLedger(directory), file: join(directory, "2026-11.jsonl") };
}

/** What a plain model of the ledger adds up. */
function plainSums(records: readonly SpendRecord[]) {
  const by = new Map<string, number>();
  for (const { at, model, key, input, turns, toolCalls } of records) {
    for (const period of [dayOf(at), monthOf(at)]) {
      for (const [name, amount] of Object.entries({ input, turns, toolCalls, [`${model} ${key}`]: input }))
        by.set(`${period} ${name}`, (by.get(`${period} ${name}`) ?? 0) + amount);
    }
  }
  return by;
}

describe("the spend ledger", () => {
  test("sums what several ledgers of one directory record, as a plain model does", async () => {
    const record = fc
      .record({
        at: fc.integer({ min: Date.UTC(2026, 9, 30), max: Date.UTC(2026, 11, 2) }),
        input: fc.nat(1e9),
        turns: fc.nat(1),
        toolCalls: fc.nat(9),
        model: fc.constantFrom("a", "b"),
        key: fc.constantFrom("…1111", "…2222"),
      })
      .map((given) => spendRecord(given));
    const steps = fc.array(fc.tuple(fc.nat(2), fc.option(record, { nil: undefined })), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(30), async (steps, restart) => {
        const { open } = ledgers();
        const open3 = [open(), open(), open()];
        const recorded: SpendRecord[] = [];
        const pending: Promise<unknown>[] = [];
        for (const [step, [index, given]] of steps.entries()) {
          if (step === restart) open3[index] = open();
          const ledger = open3[index] ?? open();
          if (given === undefined) await Promise.all([...pending, ledger.sums(NOON)]);
          else recorded.push(given) && pending.push(ledger.record(given));
        }
        await Promise.all(pending);
        const expected = plainSums(recorded);
        for (const ledger of open3) {
          for (const at of [Date.UTC(2026, 9, 31), NOON, Date.UTC(2026, 11, 1)]) {
            const sums = await ledger.sums(at);
            for (const period of [dayOf(at), monthOf(at)]) {
              const sum = (name: string) => expected.get(`${period} ${name}`) ?? 0;
              const { input, turns, toolCalls } = sums.total(period);
              expect({ input, turns, toolCalls }).toEqual({
                input: sum("input"),
                turns: sum("turns"),
                toolCalls: sum("toolCalls"),
              });
              for (const share of sums.shares(period))
                expect(share.input).toBe(sum(`${share.model} ${share.key}`));
            }
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  test("sees its own records at once, and those of another ledger as soon as they are stored", async () => {
    const { open } = ledgers();
    const [one, other] = [open(), open()];
    const stored = one.record(spendRecord({ input: 5 }));
    expect((await one.sums(NOON)).total("2026-11").input).toBe(5);
    await stored;
    expect((await other.sums(NOON)).total("2026-11").input).toBe(5);
    await other.record(spendRecord({ input: 7 }));
    expect((await one.sums(NOON)).total("2026-11-22").input).toBe(12);
  });

  test("is closed to other users, and read by anything that reads JSON lines", async () => {
    const { open, directory, file } = ledgers();
    await open().record(spendRecord({ key: "…1234" }));
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.trim() !== "");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        v: 1,
        at: "2026-11-22T12:00:00.000Z",
        sessionId: "s",
        key: "…1234",
        turns: 1,
      }),
    ]);
  });

  test("reads only what is new: what was read before may be gone from the disk's end on", async () => {
    const { open, file } = ledgers();
    const ledger = open();
    await ledger.record(spendRecord({ input: 5 }));
    await ledger.sums(NOON);
    // The same length, so that only a ledger that reads it again sees that it is no record any more.
    const bytes = readFileSync(file);
    appendFileSync(file, frameSpend(spendRecord({ input: 2 })));
    writeInPlace(file, Buffer.alloc(bytes.length, "x"));
    expect((await ledger.sums(NOON)).total("2026-11").input).toBe(7);
    await expect(open().sums(NOON)).rejects.toMatchObject({ code: "SPEND_CORRUPT", line: 1 });
  });

  test("begins anew when its file was replaced or removed", async () => {
    const { open, file } = ledgers();
    const ledger = open();
    for (let count = 0; count < 3; count += 1) await ledger.record(spendRecord({ input: 5 }));
    await ledger.sums(NOON);
    rmSync(file);
    expect((await ledger.sums(NOON)).total("2026-11").input).toBe(0);
    writeFileSync(file, `${formatSpend(spendRecord({ input: 3 }))}\n`);
    expect((await ledger.sums(NOON)).total("2026-11").input).toBe(3);
    rmSync(file);
    writeFileSync(
      file,
      Array(5)
        .fill(`${formatSpend(spendRecord({ input: 2 }))}\n`)
        .join(""),
    );
    expect((await ledger.sums(NOON)).total("2026-11").input).toBe(10);
  });

  test("reads a file that is much larger than what it reads at once", async () => {
    const { open, file, directory } = ledgers();
    mkdirSync(directory);
    const frame = frameSpend(spendRecord());
    const count = Math.ceil(2_500_000 / frame.length);
    writeFileSync(file, Buffer.concat(Array(count).fill(frame)));
    expect((await open().sums(NOON)).total("2026-11-22").turns).toBe(count);
  });
});

describe("a spend ledger that cannot be read", () => {
  test("is a typed error each time, and the file stays as it is", async () => {
    const { open, file } = ledgers();
    const ledger = open();
    await ledger.record(spendRecord());
    await ledger.sums(NOON);
    appendFileSync(file, "\n{}\n");
    const damaged = readFileSync(file);
    for (let look = 0; look < 2; look += 1)
      await expect(ledger.sums(NOON)).rejects.toMatchObject({ code: "SPEND_CORRUPT", path: file, line: 4 });
    expect(readFileSync(file)).toEqual(damaged);
    await ledger.record(spendRecord());
    await expect(ledger.sums(NOON)).rejects.toMatchObject({ code: "SPEND_CORRUPT", line: 4 });
    expect(readFileSync(file).subarray(0, damaged.length)).toEqual(damaged);
    // Repaired by hand, it is what it was.
    writeFileSync(file, readFileSync(file, "utf8").replace("{}\n", ""));
    expect((await ledger.sums(NOON)).total("2026-11").turns).toBe(2);
  });

  test("is no empty one where something else stands in its place", async () => {
    const { open, file, directory } = ledgers();
    mkdirSync(file, { recursive: true });
    await expect(open().sums(NOON)).rejects.toMatchObject({
      code: "SPEND_CORRUPT",
      path: file,
      line: undefined,
    });
    await expect(open().record(spendRecord())).rejects.toMatchObject({
      code: "SPEND_WRITE_FAILED",
      path: file,
    });
    rmSync(directory, { recursive: true });
    writeFileSync(directory, "");
    await expect(open().sums(NOON)).rejects.toMatchObject({ code: "SPEND_CORRUPT" });
  });

  test("holds a line without an end", async () => {
    const { open, file, directory } = ledgers();
    mkdirSync(directory);
    writeFileSync(file, `{"v":1${" ".repeat(1_100_000)}`);
    await expect(open().sums(NOON)).rejects.toMatchObject({ code: "SPEND_CORRUPT", line: 1 });
  });

  test("does not grow in a workspace that is gone", async () => {
    const { open, directory } = ledgers();
    rmSync(join(directory, ".."), { recursive: true });
    await expect(open().record(spendRecord())).rejects.toMatchObject({ code: "SPEND_WRITE_FAILED" });
  });
});

test("what a workspace has spent is told for a day and for a month, by model and key", async () => {
  const { open } = ledgers();
  const ledger = open();
  await ledger.record(spendRecord({ at: Date.UTC(2026, 10, 1), input: 1, totalTokens: 1 }));
  await ledger.record(spendRecord({ at: NOON, model: "n", input: 2, totalTokens: 2, costUsd: 0.5 }));
  await ledger.record(spendRecord({ at: NOON, key: "…else", input: 4, totalTokens: 4 }));
  expect(await readSpend(ledger, "day", NOON)).toMatchObject({
    period: "day",
    startedAt: new Date("2026-11-22T00:00:00Z"),
    resetsAt: new Date("2026-11-23T00:00:00Z"),
    total: { totalTokens: 6, turns: 2, costUsd: 0.5 },
    by: [
      { provider: "p", model: "n", key: "…last", totalTokens: 2 },
      { provider: "p", model: "m", key: "…else", totalTokens: 4 },
    ],
  });
  const month = await readSpend(ledger, "month", NOON);
  expect(month).toMatchObject({
    total: { totalTokens: 7, turns: 3 },
    resetsAt: new Date("2026-12-01T00:00:00Z"),
  });
  expect(month.by.map(({ model, key }) => `${model} ${key}`)).toEqual(["m …last", "n …last", "m …else"]);
});

/** Writes over a file's beginning. */
function writeInPlace(path: string, bytes: Buffer): void {
  writeFileSync(path, bytes, { flag: "r+" });
}
