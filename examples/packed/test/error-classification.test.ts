import { join } from "node:path";
import { expect, test } from "vitest";
import { copyExampleFolder, createProject, runFile } from "./project.ts";

test("errors of model providers are put in classes, from the tarball alone", async () => {
  const project = await createProject(["@cloison/fallback"]);
  const file = join(await copyExampleFolder(project, "error-classification"), "main.mjs");
  const run = await runFile(file, {});
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const [head, ...rows] = run.stdout.trimEnd().split("\n");
  expect(head).toMatch(/^error +reason +scope +again\? +sure +rule$/);
  expect(rows.length).toBeGreaterThanOrEqual(36);
  const found = new Set(rows.map((row) => row.split(/ {2,}/)[1]));
  expect([...found].sort()).toEqual([
    "auth",
    "auth_permanent",
    "billing",
    "content_policy",
    "context_overflow",
    "format",
    "model_not_found",
    "none",
    "overloaded",
    "rate_limit",
    "timeout",
  ]);
  expect(run.stdout).toMatch(/^402 for a window of a plan +rate_limit +key +in 10800 s /m);
  expect(run.stdout).toMatch(/^402 for money +billing /m);
  expect(run.stdout).toMatch(/^whatever fetch throws +timeout +provider /m);
});
