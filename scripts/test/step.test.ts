import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, expect, test } from "vitest";
import { hashOf, readStamp, writeStamp } from "../newcomer/stamp.mjs";
import { StepFailed, step } from "../newcomer/step.mjs";

const folder = mkdtempSync(join(tmpdir(), "cloison-step-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function printedBy(title: string, script: string) {
  const out = new PassThrough();
  const done = step(title, [process.execPath, "-e", script], { cwd: folder, out });
  const error = await done.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  out.end();
  return { error, line: await text(out) };
}

test("a step that works is one line with its time, whatever it prints", async () => {
  const { error, line } = await printedBy("count", "console.log('noise')");
  expect(error).toBeUndefined();
  expect(line).toMatch(/^count +\d+\.\d s\n$/);
});

test("a step that fails says so and shows the end of its output", async () => {
  const { error, line } = await printedBy(
    "count",
    "for (let i = 1; i < 100; i++) console.log('line', i); process.exit(3)",
  );
  expect(line).toMatch(/^count +FAILED\n$/);
  expect(error).toBeInstanceOf(StepFailed);
  const { message } = error as StepFailed;
  expect(message).toContain("line 99\n");
  expect(message).not.toContain("line 59\n");
  expect(message).toMatch(/cloison: "count" failed with exit code 3$/);
});

test("a step whose program does not exist fails by name", async () => {
  const done = step("fetch", [join(folder, "absent")], { cwd: folder, out: new PassThrough() });
  await expect(done).rejects.toThrow(/"fetch" could not start .*absent/);
});

test("the job gets the signals and its end decides the exit code", async () => {
  const job = "process.on('SIGTERM', () => process.exit(42)); console.log('up'); setInterval(() => {}, 1000)";
  const path = join(import.meta.dirname, "..", "newcomer", "step.mjs");
  const outer = `import { handOver } from ${JSON.stringify(path)};
    process.exitCode = await handOver(["node", "-e", ${JSON.stringify(job)}], { cwd: "/", env: process.env });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", outer], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  const [code] = await once(child, "close");
  expect(code).toBe(42);
});

test("a stamp holds for the content it was made of, and for no other", () => {
  const file = join(folder, "lock");
  const path = join(folder, "stamp");
  writeFileSync(file, "one");
  expect(readStamp({ path, hash: hashOf([file]) })).toBe(false);
  writeStamp({ path, hash: hashOf([file]) });
  expect(readStamp({ path, hash: hashOf([file]) })).toBe(true);
  writeFileSync(file, "two");
  expect(readStamp({ path, hash: hashOf([file]) })).toBe(false);
});
