import { beforeAll, describe, expect, test } from "vitest";
import { createProject, exampleLanes, needsRoot, runExample } from "./project.ts";

let project: string;
beforeAll(async () => {
  project = await createProject(["cloison-runtime", "@cloison/testing"]);
});

describe.skipIf(needsRoot !== "")(`the examples of subagents${needsRoot}`, () => {
  test.each(exampleLanes)("let one look and the other change its own copy, %s", async (_, enforce, uid) => {
    const run = await runExample(project, "subagents", { args: [enforce], uid });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toContain("(What kept me from changing it: Read-only file system.)");
    expect(run.stdout).toContain("In my copy the loop is now: for (let i = 1; i <= 3; i++) sum += i;");
    expect(run.stdout).toMatch(/'reviewer' +│ 1 +│ 'completed' +│ 2 +│ \d+ +│/);
    expect(run.stdout).toMatch(/'fixer' +│ 1 +│ 'completed' +│ 2 +│ \d+ +│/);
    expect(run.stdout).toContain("sum.mjs is as it was\n0 subagents are active, 2 were\n");
  });

  test.each(exampleLanes)(
    "end the one that takes too long, and let the others go on, %s",
    async (_, enforce, uid) => {
      const run = await runExample(project, "parallel-subagents", { args: [enforce], uid });
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
