import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as platform from "@cloison/platform";
import { startModelServer } from "@cloison/testing";
import { expect, onTestFinished, test } from "vitest";
import * as umbrella from "../src/index.ts";

/** Also where no cgroup can be had: Node takes 512 MB of the rlimit that then holds memory for its code alone. */
const anySandbox = { enforce: "best-effort", limits: { memoryMb: 1024 } };

test("the umbrella has all that the platform has, the very same, and nothing else", () => {
  expect({ ...umbrella }).toEqual({ ...platform });
});

test("the umbrella hands on all types of the platform, too, and no others", async () => {
  const namesOf = async (path: string) => {
    const text = await readFile(new URL(path, import.meta.url), "utf8");
    const lists = [...text.matchAll(/^export (?:type )?\{(?<names>[^}]*)\}/gm)];
    const names = lists.flatMap(({ groups }) => (groups?.names ?? "").split(","));
    return names
      .map((name) => name.replace("type ", "").trim())
      .filter((name) => name !== "")
      .sort();
  };
  const names = await namesOf("../src/index.ts");
  expect(names).toContain("RunOptions");
  expect(names).toEqual(await namesOf("../../platform/src/index.ts"));
});

test("the README's example runs as it is written, but for the address of the model", async () => {
  const call = { name: "bash", arguments: { command: "echo 'no key fits' > haiku.txt" } };
  const server = await startModelServer({ script: [{ toolCalls: [call] }, { text: "there it is" }] });
  const home = await mkdtemp(join(tmpdir(), "cloison-runtime-"));
  onTestFinished(async () => {
    await server.close();
    await rm(home, { recursive: true });
  });
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const example = /```js\n(?<code>.*?)```/s.exec(readme)?.groups?.code ?? "";
  const code = example
    .replace('"cloison-runtime"', JSON.stringify(new URL("../src/index.ts", import.meta.url).href))
    .replace('provider: "anthropic"', `$&, baseUrl: "${server.url}", sandbox: ${JSON.stringify(anySandbox)}`);
  const run = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, ANTHROPIC_API_KEY: "sk-of-the-readme" },
  });
  expect(run.stdout.trimEnd().split("\n")).toEqual([
    `bash { command: "echo 'no key fits' > haiku.txt" }`,
    "there it is",
    expect.stringMatching(/^[0-9a-f-]{36} \//),
  ]);
  const files = join(home, ".local", "state", "cloison", "workspaces", "default", "files");
  expect(await readFile(join(files, "haiku.txt"), "utf8")).toBe("no key fits\n");
  expect(server.errors).toEqual([]);
});
