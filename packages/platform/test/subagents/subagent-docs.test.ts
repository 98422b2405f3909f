import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { modelServer } from "../model-server.ts";
import { anySandbox } from "../setting.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { spawn } from "./subagent-setting.ts";

test("the examples of the page on subagents run as they are written, but for the model and its address", async () => {
  const server = await modelServer(({ messages }) => {
    const [first] = messages;
    if (messages.length > 1) return { text: "They fail." };
    if (first?.text === "try") return spawn(["reader", "read"]);
    return first?.text.startsWith("Why") === true ? spawn(["tester", "try"]) : { text: "Read." };
  });
  const page = await readFile(new URL("../../../../docs/subagents.md", import.meta.url), "utf8");
  const examples = [...page.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code).join("");
  const code = examples
    .replace('"@cloison/platform"', JSON.stringify(new URL("../../src/index.ts", import.meta.url).href))
    .replace('provider: "anthropic"', `provider: "openai", baseUrl: "${server.baseUrls.openai}"`)
    .replace('stateDir: "./state"', `$&, sandbox: ${JSON.stringify(anySandbox)}`);
  const run = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], {
    cwd: temporaryDirectory(),
    env: { PATH: process.env.PATH, OPENAI_API_KEY: "sk-of-the-page-on-subagents" },
  });
  expect(run.stdout.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^tester 1 completed \d+$/),
    expect.stringMatching(/^reader 2 completed \d+$/),
    "[ 'fulfilled', 'fulfilled', 'fulfilled' ]",
  ]);
});
