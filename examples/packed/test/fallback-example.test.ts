import { beforeAll, describe, expect, test } from "vitest";
import { createProject, exampleLanes, needsRoot, runExample } from "./project.ts";

let project: string;
beforeAll(async () => {
  project = await createProject(["cloison-runtime", "@cloison/testing"]);
});

/** The rows of the table of attempts: turn, model, key, status, outcome. */
function rowsOf(stdout: string): string[][] {
  const rows = stdout.split("\n").filter((line) => /^│ \d/.test(line));
  return rows.map((row) =>
    row
      .split("│")
      .slice(2, -1)
      .map((cell) => cell.trim().replaceAll("'", "")),
  );
}

const claude = "anthropic/claude-sonnet-5";

describe.skipIf(needsRoot !== "")(`the fallback example${needsRoot}`, () => {
  test.each(exampleLanes)(
    "goes on with the next key, after a broken stream, and with the next model, %s",
    async (_, enforce, uid) => {
      const run = await runExample(project, "fallback", { args: [enforce], uid });
      expect(run).toMatchObject({ code: 0, stderr: "" });
      expect(run.stdout).toMatch(/^It holds: 1 2 3$/m);
      expect(rowsOf(run.stdout)).toEqual([
        ["1", claude, "…one1", "429", "rate_limit"],
        ["1", claude, "…two2", "", "ok"],
        ["2", claude, "…two2", "", "timeout"],
        ["2", claude, "…two2", "", "ok"],
        ["3", claude, "…two2", "529", "overloaded"],
        ["3", claude, "…two2", "529", "overloaded"],
        ["3", claude, "…two2", "529", "overloaded"],
        ["3", "openai/gpt-5-mini", "…key3", "", "ok"],
      ]);
      expect(run.stdout).toMatch(/^openai\/gpt-5-mini …key3: 1 calls, \d+ tokens$/m);
      expect(run.stdout).not.toContain("sk-scripted");
    },
  );
});
