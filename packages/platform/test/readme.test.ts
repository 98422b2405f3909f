import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { modelServer } from "./model-server.ts";
import { anySandbox } from "./setting.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

test("the README's examples run as they are written, but for the address of the model", async () => {
  const server = await modelServer([
    { toolCalls: [{ name: "grep", arguments: { pattern: "TODO" } }] },
    { text: "there are none" },
    { text: "none does" },
    { toolCalls: [{ name: "submit_output", arguments: { notes: 3 } }] },
    { fault: { status: 429, headers: { "retry-after": "60" } } },
    { text: "they are sorted" },
  ]);
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const example = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code).join("");
  const code = example
    .replace('"@cloison/platform"', JSON.stringify(new URL("../src/index.ts", import.meta.url).href))
    .replace('stateDir: "./state"', `$&, baseUrl: "${server.url}", sandbox: ${JSON.stringify(anySandbox)}`);
  const run = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], {
    cwd: temporaryDirectory(),
    env: { PATH: process.env.PATH, ANTHROPIC_API_KEYS: "sk-of-the-readme,sk-another-one" },
  });
  expect(run.stdout.trimEnd().split("\n")).toEqual([
    "grep { pattern: 'TODO' }",
    "there are none",
    "none does",
    "This is the result.",
    "3",
    "rate_limit ok 1 true",
  ]);
  const [one, another] = ["sk-of-the-readme", "sk-another-one"];
  expect(server.requests.map(({ apiKey }) => apiKey)).toEqual([one, one, one, another, one, another]);
});
