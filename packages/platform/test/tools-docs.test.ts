import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { modelServer } from "./model-server.ts";
import { anySandbox } from "./setting.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

test("the example of custom tools runs as it is written, but for the address of the model", async () => {
  const server = await modelServer([
    { toolCalls: [{ name: "stock", arguments: { product: "apples" } }] },
    ({ messages }) => ({ text: `We have ${messages.at(-1)?.toolResults[0]?.text}.` }),
  ]);
  const page = await readFile(new URL("../../../docs/platform.md", import.meta.url), "utf8");
  const example = /## Tools.*?```js\n(?<code>.*?)```/s.exec(page)?.groups?.code ?? "";
  const code = example
    .replace('"@cloison/platform"', JSON.stringify(new URL("../src/index.ts", import.meta.url).href))
    .replace("http://localhost:11434/v1", server.baseUrls.openai)
    .replace('stateDir: "./state"', `$&, sandbox: ${JSON.stringify(anySandbox)}`);
  const run = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], {
    cwd: temporaryDirectory(),
  });
  expect(run.stdout).toBe("We have 12 apples.\n");
});
