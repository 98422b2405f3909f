import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { copyExample, copyNode, createFolderFor, createProject, ORDINARY_USER, runFile } from "./project.ts";

let project: string;
beforeAll(async () => {
  project = await createProject(["@cloison/sandbox"]);
});

const isRoot = process.getuid?.() === 0;

test("the sandbox brings no other package but its launcher for this processor", async () => {
  const modules = await readdir(join(project, "node_modules"));
  expect(modules.filter((name) => !name.startsWith("."))).toEqual(["@cloison"]);
  expect(await readdir(join(project, "node_modules", "@cloison"))).toEqual([
    "sandbox",
    `sandbox-linux-${process.arch}`,
  ]);
});

test("an install that leaves its launcher out is told what to install", async () => {
  const without = await createProject(["@cloison/sandbox"], ["--omit=optional"]);
  const run = await runFile(await copyExample(without, "sandbox-only/index.mjs"), { args: ["best-effort"] });
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(/code: 'LAUNCHER_MISSING'/);
  expect(run.stderr).toContain(`npm install @cloison/sandbox-linux-${process.arch}`);
});

test("the sandbox alone runs as written, in an empty project", async (context) => {
  if (!isRoot) context.skip("needs root, or a delegated cgroup that this user need not have");
  const file = await copyExample(project, "sandbox-only/index.mjs");
  const run = await runFile(file, {});
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout).toContain("hello");
  expect(run.stdout).not.toMatch(/^- /m);
});

test("an ordinary user without a cgroup is told the fix, and may go on with best effort", async (context) => {
  if (!isRoot) context.skip("needs root, to become a user without a cgroup");
  const node = await copyNode();
  const folder = await createFolderFor(ORDINARY_USER);
  const file = await copyExample(project, "sandbox-only/index.mjs");
  const asUser = { node, cwd: folder, uid: ORDINARY_USER };

  const refused = await runFile(file, asUser);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/code: '[A-Z_]+'/);
  expect(refused.stderr).toMatch(/Delegate=yes/);

  const run = await runFile(file, { ...asUser, args: ["best-effort"] });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout).toContain("hello");
  expect(run.stdout).toMatch(/^- .*(cgroup|limits|memory)/im);
});
