import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { findTool } from "../src/worker/tools/find.ts";
import { grepTool } from "../src/worker/tools/grep.ts";
import { callTool } from "./support/call-tool.ts";
import { createTemporaryDirectory, type TemporaryDirectory } from "./support/temporary-directory.ts";

function tree(): TemporaryDirectory {
  const directory = createTemporaryDirectory();
  directory.file("a.ts", "first\nTODO: one\nlast\n");
  directory.file("src/b.ts", "// todo two\r\n// TODO: three\r\n");
  directory.file("src/deep/c.js", "TODO: four");
  directory.file("src/bin", Buffer.from("TODO\0"));
  directory.file(".git/config", "TODO: not this");
  directory.file("node_modules/m/index.js", "TODO: five");
  symlinkSync(directory.path, directory.at("src/loop"));
  symlinkSync("/etc/passwd", directory.at("src/outside.ts"));
  execFileSync("mkfifo", [directory.at("fifo")]);
  return directory;
}

/** The text with the directory's own path cut out of it. */
const below = (directory: TemporaryDirectory, text: string) => text.replaceAll(`${directory.path}/`, "");

test("grep prints path, line number and text of each match", async () => {
  using directory = tree();
  expect(below(directory, await callTool(grepTool, { pattern: "TODO: \\w+$", path: directory.path }))).toBe(
    [
      "a.ts:2: TODO: one",
      "node_modules/m/index.js:1: TODO: five",
      "src/b.ts:2: // TODO: three",
      "src/deep/c.js:1: TODO: four",
    ].join("\n"),
  );
});

test("grep knows globs, case, plain text and single files", async () => {
  using directory = tree();
  const grep = async (args: object) =>
    below(directory, await callTool(grepTool, { path: directory.path, ...args }));
  expect(await grep({ pattern: "todo", glob: "src/*.ts", ignoreCase: true })).toBe(
    "src/b.ts:1: // todo two\nsrc/b.ts:2: // TODO: three",
  );
  expect(await grep({ pattern: "(?i)todo", glob: "c.*" })).toBe("src/deep/c.js:1: TODO: four");
  expect(await grep({ pattern: "O: .", literal: true })).toBe("No matches found.");
  expect(await grep({ pattern: "first", path: directory.at("a.ts") })).toBe("a.ts:1: first");
  expect(await grep({ pattern: "TODO", path: directory.at("src/bin") })).toBe(
    "No matches found: it is a binary file.",
  );
  await expect(grep({ pattern: "(" })).rejects.toThrow("Set literal to search for plain text");
  await expect(grep({ pattern: "x", path: directory.at("none") })).rejects.toThrow("no such file");
});

test("grep shows the lines around a match once", async () => {
  using directory = createTemporaryDirectory();
  const path = directory.file("a", "1\n2\nx3\n4\nx5\n6\n7\n8\n9\nx10\n");
  expect(below(directory, await callTool(grepTool, { pattern: "x", path, context: 1 }))).toBe(
    ["a-2- 2", "a:3: x3", "a-4- 4", "a:5: x5", "a-6- 6", "--", "a-9- 9", "a:10: x10"].join("\n"),
  );
});

test("grep stops at its limits and says so", async () => {
  using directory = createTemporaryDirectory();
  const path = directory.file("a", "x\n".repeat(100_000));
  expect(await callTool(grepTool, { pattern: "x", path, limit: 3 })).toMatch(
    /:3: x\n\n\[Only the first 3 matches\. Narrow the pattern or raise limit\.\]$/,
  );
  const text = await callTool(grepTool, { pattern: "x", path, limit: 10_000 });
  expect(Buffer.byteLength(text)).toBeLessThan(51 * 1024);
  expect(text).toContain("Output cut at its limit");
  const long = directory.file("b", `${"y".repeat(10_000)}\n`);
  expect((await callTool(grepTool, { pattern: "y", path: long })).length).toBeLessThan(700);
});

test("grep gives up on a catastrophic expression, and names the file", async () => {
  using directory = createTemporaryDirectory();
  directory.file("a", "fine: aaab\n");
  directory.file("b", `${"a".repeat(60)}!\n`);
  const text = below(directory, await callTool(grepTool, { pattern: "^(a+)+$|fine", path: directory.path }));
  expect(text).toBe(`a:1: fine: aaab\n\n[The pattern takes too long on b: make it simpler.]`);
});

test("grep and find stop when the run is aborted", async () => {
  const aborted = AbortSignal.abort(new Error("stop"));
  await expect(
    callTool(findTool, { pattern: "no such name", path: "/usr" }, { signal: aborted }),
  ).rejects.toThrow("stop");
  await expect(
    callTool(grepTool, { pattern: "no such text", path: "/usr" }, { signal: aborted }),
  ).rejects.toThrow("stop");
});

test("find lists files and directories, follows no link and skips .git", async () => {
  using directory = tree();
  const find = async (pattern: string, rest: object = {}) =>
    below(directory, await callTool(findTool, { pattern, path: directory.path, ...rest })).split("\n");
  expect(await find("*.ts")).toEqual(["a.ts", "src/b.ts", "src/outside.ts"]);
  expect(await find("src/**")).toEqual([
    "src/b.ts",
    "src/bin",
    "src/deep/",
    "src/loop",
    "src/outside.ts",
    "src/deep/c.js",
  ]);
  expect(await find("**/*.{js,json}")).toEqual(["node_modules/m/index.js", "src/deep/c.js"]);
  expect(await find("config")).toEqual(["No files found."]);
  expect((await find("*", { limit: 2 })).at(-1)).toBe(
    "[Only the first 2 results. Narrow the pattern or the path.]",
  );
  await expect(find("*", { path: directory.at("a.ts") })).rejects.toThrow("not a directory");
});
