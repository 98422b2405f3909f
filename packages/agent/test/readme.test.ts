import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";

const here = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

test("the README's example runs as it is written", async () => {
  using directory = createTemporaryDirectory();
  directory.file("project/src/a.ts", "// TODO: one\n");
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const example = /```js\n(?<code>.*?)```/s.exec(readme)?.groups?.code ?? "";
  const code = example
    .replace('"@cloison/agent"', here("../src/index.ts"))
    .replace('"@cloison/sandbox"', here("../../sandbox/dist/index.js"))
    // So that it also runs where no cgroup can be had.
    .replace("createSandbox({ mounts", '$&, enforce: "best-effort", limits: { memoryMb: 1024 }');
  const run = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], {
    cwd: directory.path,
  });
  expect(run.stdout.trimEnd().split("\n")).toEqual([
    "tool_start grep ",
    "tool_end grep src/a.ts:1: // TODO: one",
    "{ turns: 2 }",
  ]);
});
