import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { appendFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { source } from "./support/killed-child.ts";
import { user } from "./support/talk.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const MEBIBYTE = 1024 * 1024;
const LINES = 100;
const timestamp = "2026-01-01T00:00:00.000Z";

/** 100 MiB in entries of 1 MiB, of which the last is a compaction that keeps one. */
function writeLarge(path: string): void {
  writeFileSync(path, `${JSON.stringify({ type: "session", version: 3, id: "s", timestamp, cwd: "/" })}\n`);
  for (let index = 0; index < LINES; index += 1) {
    const message = user(randomBytes(MEBIBYTE / 2).toString("hex"));
    const parentId = index === 0 ? null : String(index - 1);
    appendFileSync(
      path,
      `${JSON.stringify({ type: "message", id: String(index), parentId, timestamp, message })}\n`,
    );
  }
  const compaction = { summary: "so far", firstKeptEntryId: String(LINES - 1), tokensBefore: 1 };
  const entry = { type: "compaction", id: "k", parentId: String(LINES - 1), timestamp, ...compaction };
  appendFileSync(path, `${JSON.stringify(entry)}\n`);
}

test("a session of 100 MiB is forked and exported with memory for a small part of it", async () => {
  const dir = temporaryDirectory();
  writeLarge(join(dir, "s.jsonl"));
  expect(statSync(join(dir, "s.jsonl")).size).toBeGreaterThan(100 * MEBIBYTE);
  const script = `
    import { createSessionStore } from ${source("index.ts")};
    const store = createSessionStore({ dir: ${JSON.stringify(dir)} });
    const atRest = process.resourceUsage().maxRSS;
    const session = await store.open("s");
    const shown = session.messages.length;
    await store.fork("s", { id: "f" });
    let chars = 0;
    for await (const piece of store.export("f", { format: "html" })) chars += piece.length;
    const grown = (process.resourceUsage().maxRSS - atRest) / 1024;
    console.log(JSON.stringify({ shown, chars, grown }));
    await session.close();
    await store.close();`;
  const limits = ["--max-old-space-size=32", "--max-semi-space-size=1"];
  const run = await promisify(execFile)(process.execPath, [...limits, "--input-type=module", "-e", script]);
  const { shown, chars, grown } = JSON.parse(run.stdout);
  expect(shown).toBe(2);
  expect(chars).toBeGreaterThan(100 * MEBIBYTE);
  expect(grown).toBeLessThan(80);
});
