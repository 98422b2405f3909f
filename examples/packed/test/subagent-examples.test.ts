import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  copyExampleFolder,
  copyNode,
  createFolderFor,
  createProject,
  ORDINARY_USER,
  runFile,
} from "./project.ts";

const isRoot = process.getuid?.() === 0;
const needsRoot = isRoot ? "" : " (skipped: needs root, to have limits or to become another user)";

let project: string;
beforeAll(async () => {
  project = await createProject(["cloison-runtime", "@cloison/testing"]);
});

describe.skipIf(!isRoot)(`the examples of subagents${needsRoot}`, () => {
  const lanes = [
    ["as root", "required", undefined],
    ["as an ordinary user", "best-effort", ORDINARY_USER],
  ] as const;

  async function runExample(name: string, enforce: string, uid: number | undefined) {
    const file = join(await copyExampleFolder(project, name), "main.mjs");
    const user = uid === undefined ? {} : { uid, node: await copyNode(), cwd: await createFolderFor(uid) };
    return runFile(file, { args: [enforce], ...user });
  }

  test.each(lanes)("let one look and the other change its own copy, %s", async (_, enforce, uid) => {
    const run = await runExample("subagents", enforce, uid);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toContain("(What kept me from changing it: Read-only file system.)");
    expect(run.stdout).toContain("In my copy the loop is now: for (let i = 1; i <= 3; i++) sum += i;");
    expect(run.stdout).toMatch(/'reviewer' +│ 1 +│ 'completed' +│ 2 +│ \d+ +│/);
    expect(run.stdout).toMatch(/'fixer' +│ 1 +│ 'completed' +│ 2 +│ \d+ +│/);
    expect(run.stdout).toContain("sum.mjs is as it was\n0 subagents are active, 2 were\n");
  });

  test.each(lanes)(
    "end the one that takes too long, and let the others go on, %s",
    async (_, enforce, uid) => {
      const run = await runExample("parallel-subagents", enforce, uid);
      expect(run).toMatchObject({ code: 0, stderr: "" });
      expect(run.stdout.trim().split("\n")).toEqual([
        "apples.txt: Apples keep until spring.",
        "endless.txt: none: SUBAGENT_TIMEOUT",
        "pears.txt: Pears do not keep.",
        "quinces.txt: Quinces are not eaten raw.",
      ]);
    },
  );
});
