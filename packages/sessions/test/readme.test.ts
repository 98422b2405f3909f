import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const source = (path: string) => JSON.stringify(new URL(`../src/${path}`, import.meta.url).href);

async function example(path: string): Promise<{ code: string; promised: string | undefined }> {
  const text = await readFile(new URL(path, import.meta.url), "utf8");
  const code = /```js\n(?<code>.*?)```/s.exec(text)?.groups?.code ?? "";
  const promised = /console\.log.*\/\/ (?<printed>.+)$/m.exec(code)?.groups?.printed;
  const local = code
    .replace('"@cloison/sessions"', source("index.ts"))
    .replace('"@cloison/sessions/conformance"', source("conformance/index.ts"));
  return { code: local, promised };
}

test.each(["../README.md", "../../../docs/sessions.md"])(
  "the example of %s prints what it says",
  async (path) => {
    const { code, promised } = await example(path);
    expect(promised).toBeDefined();
    const cwd = temporaryDirectory();
    const run = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], { cwd });
    expect(run).toEqual({ stdout: `${promised}\n`, stderr: "" });
  },
);
