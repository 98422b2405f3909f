import { beforeAll, describe, expect, test } from "vitest";
import { createProject, needsRoot, ORDINARY_USER, runExample } from "./project.ts";

let project: string;
beforeAll(async () => {
  project = await createProject(["cloison-runtime", "@cloison/testing"]);
});

describe.skipIf(needsRoot !== "")(`the hooks example${needsRoot}`, () => {
  test.each([
    ["yes", "as root", "required", undefined, /^ {2}.*payment\.txt/m],
    ["no", "as an ordinary user", "best-effort", ORDINARY_USER, /did not approve it: wait for the auditor$/m],
  ])(
    "blocks, hides, counts, and does what the person says: %s, %s",
    async (answer, _, enforce, uid, last) => {
      const run = await runExample(project, "hooks", { args: [enforce, answer], uid });
      expect(run).toMatchObject({ code: 0, stderr: "" });
      expect(run.stdout).toMatch(/^bash \{"command":"rm -rf \/workspace\/invoices"\}$/m);
      expect(run.stdout).toMatch(/^ {2}Invoices are kept for ten years\.$/m);
      expect(run.stdout).toMatch(/^ {2}Invoice 7, 120 EUR, to \[account\]$/m);
      expect(run.stdout).toMatch(last);
      expect(run.stdout).toMatch(/^user-42 has spent \$0\.\d*[1-9]\d*$/m);
      expect(run.stdout).not.toMatch(/DE89|sk-scripted/);
    },
  );
});
