import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { hookNames } from "../src/hooks/hook-inputs.ts";
import { modelServer } from "./model-server.ts";
import { anySandbox, bash } from "./setting.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const page = await readFile(new URL("../../../docs/hooks.md", import.meta.url), "utf8");

test("the example of the page on hooks runs as it is written, but for the address of the model", async () => {
  const card = "4000123412341234";
  const write = { name: "write", arguments: { path: "card.txt", content: card } };
  const server = await modelServer([
    { toolCalls: [write] },
    bash("rm card.txt"),
    bash("cat card.txt"),
    ({ messages }) => ({
      text: messages.flatMap(({ toolResults }) => toolResults.map(({ text }) => text)).join("|"),
    }),
  ]);
  const example = /```js\n(?<code>.*?)```/s.exec(page)?.groups?.code ?? "";
  const code = example
    .replace('"@cloison/platform"', JSON.stringify(new URL("../src/index.ts", import.meta.url).href))
    .replace('stateDir: "./state"', `$&, baseUrl: "${server.url}", sandbox: ${JSON.stringify(anySandbox)}`);
  const run = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], {
    cwd: temporaryDirectory(),
    env: { PATH: process.env.PATH, ANTHROPIC_API_KEY: "sk-of-the-page-on-hooks" },
  });
  expect(run.stdout).toMatch(/\|Nothing is removed here\.\|\[card\] true$/m);
});

test("the page names every hook", () => {
  const named = [...page.matchAll(/^\| `(\w+)` +\|[^|]+\|[^|]+\|[^|]+\|$/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual([...hookNames].sort());
});
