import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CgroupUnavailableError } from "../src/cgroup/errors.ts";
import { findCgroupDriver } from "../src/cgroup/index.ts";

const packageDirectory = join(import.meta.dirname, "..");
const project = mkdtempSync(join(tmpdir(), "cloison-readme-"));
afterAll(() => rmSync(project, { recursive: true, force: true }));

function whyNot(): string {
  if (Number(process.versions.node.split(".")[0]) < 24) return " (skipped: `await using` needs Node 24)";
  try {
    findCgroupDriver();
    return "";
  } catch (error) {
    if (error instanceof CgroupUnavailableError) return " (skipped: no cgroup for this user)";
    throw error;
  }
}

const cannot = whyNot();

test.skipIf(cannot !== "")(`the README's example does what it says${cannot}`, () => {
  const readme = readFileSync(join(packageDirectory, "README.md"), "utf8");
  const [, example = ""] = /```js\n(.*?)```/s.exec(readme) ?? [];
  expect(example.trim().split("\n").length).toBeLessThanOrEqual(11);
  mkdirSync(join(project, "node_modules/@cloison"), { recursive: true });
  symlinkSync(packageDirectory, join(project, "node_modules/@cloison/sandbox"));
  mkdirSync(join(project, "project"));
  writeFileSync(join(project, "project/notes.txt"), "a\nb\nc\n");
  writeFileSync(join(project, "example.mjs"), example);
  const { stdout, stderr, status } = spawnSync(process.execPath, ["example.mjs"], {
    cwd: project,
    encoding: "utf8",
  });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(stdout).toMatch(/^0 1000\n ls: .*\/root.*No such file or directory\n\ntwo\none\n0 cgroup v[12]\n$/);
  expect(readFileSync(join(project, "project/lines"), "utf8")).toBe("3\n");
});
