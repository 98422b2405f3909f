import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createSpendLedger } from "../src/budget/spend-ledger.ts";
import { source } from "./killed-child.ts";
import { spendRecord } from "./spend-setting.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const NOON = Date.UTC(2026, 10, 22, 12);

/** Records numbers, many at once, until the file may not grow any more, and says which are stored. */
const writer = (directory: string) => `
  import { writeSync } from "node:fs";
  import { createSpendLedger } from ${source("budget/spend-ledger.ts")};
  process.on("SIGXFSZ", () => undefined);
  const ledger = createSpendLedger(${JSON.stringify(directory)});
  const base = ${JSON.stringify(spendRecord())};
  const ends = await Promise.allSettled(Array.from({ length: 40 }, async (_, index) => {
    await ledger.record({ ...base, input: index + 1 });
    writeSync(1, index + 1 + "\\n");
  }));
  for (const { reason } of ends) if (reason !== undefined) writeSync(2, reason.code + "\\n");`;

test.each([1, 2, 3])(
  "a file that may not grow beyond %d kB is a typed error, and goes on from there",
  async (kB) => {
    const directory = join(temporaryDirectory(), "spend");
    // The shell's unit of file size is 512 bytes or 1 kB; what counts is that one write is cut short.
    const command = `ulimit -f ${kB}; exec "$0" --input-type=module --eval "$1"`;
    const child = await promisify(execFile)("bash", ["-c", command, process.execPath, writer(directory)]);
    expect(new Set(child.stderr.trimEnd().split("\n"))).toEqual(new Set(["SPEND_WRITE_FAILED"]));
    const stored = child.stdout.split("\n").filter(Boolean).map(Number);
    const ledger = createSpendLedger(directory);
    await ledger.record(spendRecord({ input: 1000 }));
    const text = readFileSync(join(directory, "2026-11.jsonl"), "utf8");
    const whole = [...text.matchAll(/"input":(\d+),.*\}$/gm)].map((match) => Number(match[1]));
    expect(new Set(whole).size).toBe(whole.length);
    for (const number of stored) expect(whole).toContain(number);
    const sums = await ledger.sums(NOON);
    expect(sums.total("2026-11").input).toBe(whole.reduce((sum, number) => sum + number, 0));
  },
);
