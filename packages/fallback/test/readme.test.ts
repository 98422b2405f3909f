import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { startModelServer } from "@cloison/testing";
import { expect, it } from "vitest";

it("the README's example runs as it is written: a key at its limit, a refused one, then the next model", async () => {
  const replies = [{ fault: { status: 429, headers: { "retry-after": "60" } } }, { fault: { status: 401 } }];
  await using server = await startModelServer({ script: [...replies, { text: "Hello!" }] });
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const example = /```js\n(?<code>.*?)```/s.exec(readme)?.groups?.code ?? "";
  const promised = /console\.log.*\/\/ (?<printed>.+)$/m.exec(example)?.groups?.printed;
  const code = example
    .replace('"@cloison/fallback"', JSON.stringify(new URL("../src/index.ts", import.meta.url).href))
    .replaceAll(/https:\/\/[^"]+/g, server.baseUrls.openai);

  const env = { ...process.env, OPENAI_API_KEYS: "key-one,key-two", GROQ_API_KEY: "key-three" };
  const run = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], { env });
  expect(run.stdout.trimEnd()).toBe(promised);
  expect(server.requests.map(({ apiKey, model }) => [apiKey, model])).toEqual([
    ["key-one", "gpt-5-mini"],
    ["key-two", "gpt-5-mini"],
    ["key-three", "openai/gpt-oss-120b"],
  ]);
});
