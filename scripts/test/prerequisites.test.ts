import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkPrerequisites, type Host } from "../newcomer/prerequisites.mjs";

const ready: Host = {
  platform: "linux",
  arch: "x64",
  nodeVersion: "20.20.2",
  tries: () => "ok",
};

function failing(command: string, how: "failed" | "missing"): Host["tries"] {
  return (tried) => (tried === command ? how : "ok");
}

test("a ready machine lacks nothing", () => {
  expect(checkPrerequisites(ready)).toEqual([]);
});

test.each([
  ["another system", { platform: "darwin", arch: "arm64" }, /this is darwin on arm64/],
  ["another processor", { arch: "ia32" }, /this is linux on ia32/],
  ["an old Node.js", { nodeVersion: "16.20.0" }, /this is 16\.20\.0: install a newer one/],
  ["no npm", { tries: failing("npm", "missing") }, /needs npm/],
  ["no compiler", { tries: failing("cc", "missing") }, /a C compiler.*apt-get install gcc/],
  ["no headers", { tries: failing("cc", "failed") }, /headers.*libc6-dev/],
  ["no make", { tries: failing("make", "missing") }, /needs make/],
])("%s is one line with the fix", (_name, difference: Partial<Host>, line) => {
  const lacks = checkPrerequisites({ ...ready, ...difference });
  expect(lacks).toEqual([expect.stringMatching(line)]);
  expect(lacks[0]).not.toContain("\n");
});

test.each(["start", "doctor"])(
  "on a machine with Node.js alone %s names each lack and ends with 1",
  (job) => {
    const bin = mkdtempSync(join(tmpdir(), "cloison-bare-path-"));
    try {
      symlinkSync(process.execPath, join(bin, "node"));
      const script = join(import.meta.dirname, "..", "newcomer.mjs");
      const run = spawnSync(join(bin, "node"), [script, job], { env: { PATH: bin }, encoding: "utf8" });
      expect({ status: run.status, stdout: run.stdout }).toEqual({ status: 1, stdout: "" });
      expect(run.stderr.trimEnd().split("\n")).toEqual([
        expect.stringContaining("cloison: needs npm"),
        expect.stringContaining("cloison: needs a C compiler"),
        expect.stringContaining("cloison: needs make"),
      ]);
    } finally {
      rmSync(bin, { recursive: true });
    }
  },
);

test("an unknown job is a usage error", () => {
  const script = join(import.meta.dirname, "..", "newcomer.mjs");
  const run = spawnSync(process.execPath, [script, "constructor"], { encoding: "utf8" });
  expect(run.status).toBe(2);
  expect(run.stderr).toContain("usage:");
});
