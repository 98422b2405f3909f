import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copySourceTree, defaultSourceTree, sourceTreeAt } from "../src/source-tree.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloison-source-tree-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function emptyFolder(name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  return path;
}

test("the default tree is a dependency's sources that hold TODO comments", async () => {
  const target = await emptyFolder("default");
  const copied = await copySourceTree(await defaultSourceTree(), target);
  expect(copied.files).toBeGreaterThan(20);
  expect(copied.bytes).toBeLessThan(2_000_000);
  const found = execFileSync("grep", ["-rlw", "TODO", target], { encoding: "utf8" });
  expect(found.trim().split("\n").length).toBeGreaterThan(2);
});

test("what is never part of the sources, and what is no file, stays out", async () => {
  const source = await emptyFolder("source");
  for (const name of [".git", "node_modules", "src"]) {
    await mkdir(join(source, name));
    await writeFile(join(source, name, "file.js"), "x");
  }
  await symlink("/etc/passwd", join(source, "link"));
  execFileSync("mkfifo", [join(source, "pipe")]);
  const target = await emptyFolder("target");
  expect(await copySourceTree(await sourceTreeAt(source), target)).toEqual({ files: 1, bytes: 1 });
  expect(existsSync(join(target, "src", "file.js"))).toBe(true);
  expect(existsSync(join(target, ".git"))).toBe(false);
  expect(existsSync(join(target, "node_modules"))).toBe(false);
  expect(existsSync(join(target, "pipe"))).toBe(false);
  expect(await readlink(join(target, "link"))).toBe("/etc/passwd");
});

test("a directory that is not there, or is a file, is an error that says so", async () => {
  await expect(sourceTreeAt(join(folder, "absent"))).rejects.toMatchObject({ code: "CLI_SOURCE_TREE" });
  await writeFile(join(folder, "file"), "");
  await expect(sourceTreeAt(join(folder, "file"))).rejects.toThrow(/not a directory/);
});

test("a tree that is too large is refused before it is copied whole", async () => {
  const source = await emptyFolder("large");
  execFileSync("truncate", ["--size", "501M", join(source, "hole")]);
  const copying = copySourceTree(await sourceTreeAt(source), await emptyFolder("no-room"));
  await expect(copying).rejects.toMatchObject({
    code: "CLI_SOURCE_TREE",
    message: expect.stringMatching(/500 MB/),
  });
});
