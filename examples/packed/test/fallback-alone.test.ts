import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startModelServer } from "@cloison/testing";
import { beforeAll, expect, test } from "vitest";
import { createProject, runFile } from "./project.ts";

let project: string;
beforeAll(async () => {
  project = await createProject(["@cloison/fallback"]);
});

test("the fallback brings no other package", async () => {
  const modules = await readdir(join(project, "node_modules"));
  expect(modules.filter((name) => !name.startsWith("."))).toEqual(["@cloison"]);
  expect(await readdir(join(project, "node_modules", "@cloison"))).toEqual(["fallback"]);
});

test("the fallback alone wraps a plain fetch, as its README says, in an empty project", async () => {
  const replies = [{ fault: { status: 429, headers: { "retry-after": "60" } } }, { fault: { status: 401 } }];
  await using server = await startModelServer({ script: [...replies, { text: "Hello!" }] });
  const readme = await readFile(join(project, "node_modules/@cloison/fallback/README.md"), "utf8");
  const example = /```js\n(?<code>.*?)```/s.exec(readme)?.groups?.code ?? "";
  const file = join(project, "example.mjs");
  await writeFile(file, example.replaceAll(/https:\/\/[^"]+/g, server.baseUrls.openai));

  const run = await runFile(file, { env: { OPENAI_API_KEYS: "key-one,key-two", GROQ_API_KEY: "key-three" } });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout).toContain("Hello!");
  expect(server.requests.map(({ apiKey }) => apiKey)).toEqual(["key-one", "key-two", "key-three"]);
});
