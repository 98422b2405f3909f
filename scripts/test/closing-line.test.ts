import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "cloison-closing-line-"));
afterAll(() => rmSync(folder, { recursive: true }));

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const reporter = join(import.meta.dirname, "..", "closing-line-reporter.mjs");

/** Runs vitest for real on one file with this source. */
function runVitest(source: string, extra: Record<string, string> = {}) {
  writeFileSync(join(folder, "some.test.js"), source);
  const args = [
    vitest,
    "run",
    "--root",
    folder,
    "--globals",
    "--reporter",
    "default",
    "--reporter",
    reporter,
  ];
  const { CLOISON_CLOSING_LINE: _line, CLOISON_FAILED_CHECKS: _checks, ...outer } = process.env;
  const run = spawnSync(process.execPath, args, {
    cwd: folder,
    env: { ...outer, NO_COLOR: "1", VITEST: undefined, ...extra },
    encoding: "utf8",
  });
  return { status: run.status, lines: run.stdout.trimEnd().split("\n") };
}

test("the closing line is the last one and counts each kind", () => {
  const { status, lines } = runVitest(`
    test("a", () => {});
    test("b", () => {});
    test("c", () => { throw new TypeError("no"); });
    test.skip("d", () => {});
    test.skipIf(true)("f (skipped: needs a moon)", () => {});
    describe("group", () => { test("e", (context) => context.skip("needs a real disk")); });`);
  expect(lines.slice(-2)).toEqual(["failed: some.test.js > c: no", "2 passed, 1 failed, 3 skipped"]);
  expect(lines).toContain("skipped: some.test.js > group > e: needs a real disk");
  expect(lines).toContain("skipped: some.test.js > d: no reason given");
  expect(lines).toContain("skipped: some.test.js > f (skipped: needs a moon)");
  expect(status).toBe(1);
});

test("an error outside a test is a failure", () => {
  const { status, lines } = runVitest(`
    test("a", () => { setTimeout(() => { throw new TypeError("late"); }); return new Promise((r) => setTimeout(r, 50)); });`);
  expect(lines.slice(-2)).toEqual(["failed: outside every test: late", "1 passed, 1 failed, 0 skipped"]);
  expect(status).toBe(1);
});

test("a file that does not load is a failure", () => {
  const { status, lines } = runVitest(`import "./absent.js"; test("a", () => {});`);
  expect(lines.at(-1)).toBe("0 passed, 1 failed, 0 skipped");
  expect(lines.at(-2)).toMatch(/^failed: some\.test\.js: .*absent\.js/);
  expect(status).toBe(1);
});

test("a check that failed before the tests is a failure, by name", () => {
  const { lines } = runVitest(`test("a", () => {});`, { CLOISON_FAILED_CHECKS: "lint,types" });
  expect(lines).toContain("failed: check: lint");
  expect(lines.at(-1)).toBe("1 passed, 2 failed, 0 skipped");
});

test("whoever started the run can have the line in a file, to print it last", () => {
  const path = join(folder, "line");
  const { lines } = runVitest(`test("a", () => {});`, { CLOISON_CLOSING_LINE: path });
  expect(readFileSync(path, "utf8")).toBe("1 passed, 0 failed, 0 skipped");
  expect(lines.at(-1)).not.toContain("passed, ");
});
