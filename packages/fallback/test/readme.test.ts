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

it("the classifier of docs/fallback.md works as it is written", async () => {
  const docs = await readFile(new URL("../../../docs/fallback.md", import.meta.url), "utf8");
  const example = /```js\n(?<code>.*?)```/s.exec(docs)?.groups?.code ?? "";
  const code = example.replace(
    '"@cloison/fallback"',
    JSON.stringify(new URL("../src/index.ts", import.meta.url).href),
  );
  const use = `
    const fail = { one: new Throttled("wait"), two: Object.assign(new Error("no"), { status: 401 }) };
    const error = await models.run(({ model }) => Promise.reject(fail[model]), { deadlineMs: 20_000 }).catch((it) => it);
    console.log(error.attempts.map(({ outcome, matched }) => outcome + " by " + matched).join(", "));`;
  const evaluated = ["--input-type=module", "--eval", `${code}${use}`];
  const { stdout } = await promisify(execFile)(process.execPath, evaluated);
  expect(stdout).toMatch(/^rate_limit by own\/throttled, auth by /);
});
