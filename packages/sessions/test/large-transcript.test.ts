import { execFile } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { source } from "./support/killed-child.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const ENTRIES = 10_000;
const ENTRY_BYTES = 10_000;
const timestamp = "2026-01-01T00:00:00.000Z";

/** A transcript of 100 MB. */
function writeTranscript(path: string): void {
  const file = openSync(path, "w");
  writeSync(file, `${JSON.stringify({ type: "session", version: 3, id: "s", timestamp, cwd: "/" })}\n`);
  const content = "x".repeat(ENTRY_BYTES);
  for (let number = 0; number < ENTRIES; number += 1) {
    const [id, parentId] = [String(number), number === 0 ? null : String(number - 1)];
    const message = { role: "user", content, timestamp: number };
    writeSync(file, `${JSON.stringify({ type: "message", id, parentId, timestamp, message })}\n`);
  }
  closeSync(file);
}

/** Says by how many MB the process had grown at most. */
const reader = (directory: string, work: string) => `
  import { filesDriver } from ${source("files/files-driver.ts")};
  const driver = filesDriver({ dir: ${JSON.stringify(directory)} });
  // Loads all code, and what SQLite takes.
  await (await driver.open("other", { busyTimeoutMs: 0 })).close();
  const before = process.resourceUsage().maxRSS;
  ${work}
  console.log((process.resourceUsage().maxRSS - before) / 1024);
  await driver.close();`;

const works: [string, string][] = [
  [
    "read to its end",
    'let lines = 0; for await (const _ of driver.read("s")) lines += 1; if (lines !== 10_001) throw new RangeError();',
  ],
  ["learnt of", 'if ((await driver.get("s")).entries !== 10_000) throw new RangeError();'],
  [
    "opened and read backward",
    'const log = await driver.open("s", { busyTimeoutMs: 0 }); for await (const _ of log.readBackward()); await log.close();',
  ],
];

test.each(works)("a transcript of 100 MB is never in memory while it is %s", async (_, work) => {
  const directory = temporaryDirectory();
  writeTranscript(join(directory, "s.jsonl"));
  const options = ["--max-semi-space-size=4", "--input-type=module", "-e", reader(directory, work)];
  const { stdout } = await promisify(execFile)(process.execPath, options);
  // What is not yet collected is in it too.
  expect(Number(stdout)).toBeLessThan(50);
});
