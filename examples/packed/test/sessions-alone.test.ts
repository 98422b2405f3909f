import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { copyExampleFolder, createProject, runFile } from "./project.ts";

let project: string;
beforeAll(async () => {
  project = await createProject(["@cloison/sessions"]);
});

test("the sessions bring SQLite, with what it needs, and no other package", async () => {
  const modules = await readdir(join(project, "node_modules"));
  expect(modules.filter((name) => !name.startsWith("."))).toEqual([
    "@cloison",
    "better-sqlite3",
    "node-addon-api",
  ]);
  expect(await readdir(join(project, "node_modules", "@cloison"))).toEqual(["sessions"]);
});

test("the README's example prints what it says, in an empty project", async () => {
  const readme = await readFile(join(project, "node_modules/@cloison/sessions/README.md"), "utf8");
  const example = /```js\n(?<code>.*?)```/s.exec(readme)?.groups?.code ?? "";
  await writeFile(join(project, "example.mjs"), example);
  const run = await runFile(join(project, "example.mjs"), {});
  expect(run).toEqual({ code: 0, stdout: "A greeting, Another greeting\n", stderr: "" });
});

test("the sessions example loses nothing with its writer, and does what it says", async () => {
  const run = await runFile(join(await copyExampleFolder(project, "sessions"), "main.mjs"), {});
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout.split("\n")).toEqual([
    expect.stringMatching(/^killed after it knew of \d+ messages; all there: true$/),
    "a second writer: SESSION_BUSY",
    "after a move back, the model sees:",
    "  Where shall we go?",
    expect.stringMatching(/^ {2}The conversation left another branch .* The train was fully booked\.$/),
    "  Then by bike.",
    "and in a fork:",
    "  Where shall we go?",
    "  By train, please.",
    "compacted: true; entries lost: 0",
    "sessions: killed, By bike, By train after all",
    'found by "train": By train after all',
    "labelled: By bike",
    "exported as HTML",
    "",
  ]);
});

test("a driver is checked by the suite as the README says, with Node's own test runner", async () => {
  const file = join(project, "own-driver.test.mjs");
  const readme = await readFile(join(project, "node_modules/@cloison/sessions/README.md"), "utf8");
  const code = /```js\n(?<code>[^`]*checkSessionDriver.*?)```/s.exec(readme)?.groups?.code ?? "";
  await writeFile(file, code);
  const run = await runFile(file, {});
  expect(run).toMatchObject({ code: 0 });
  expect(run.stdout).toMatch(/pass [1-9]\d*/);
  expect(run.stdout).toMatch(/fail 0/);
});
