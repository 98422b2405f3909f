import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("the README's example runs as it is written and prints what it says", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const example = /```js\n(?<code>.*?)```/s.exec(readme)?.groups?.code ?? "";
  const promised = [...example.matchAll(/console\.log.*\/\/ (?<printed>.+)$/gm)].map(
    (line) => line.groups?.printed,
  );
  expect(promised).toHaveLength(2);

  const code = example.replace(
    '"@cloison/testing"',
    JSON.stringify(new URL("../src/index.ts", import.meta.url).href),
  );
  const run = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code]);
  expect(run.stdout.trimEnd().split("\n")).toEqual(promised);
});
