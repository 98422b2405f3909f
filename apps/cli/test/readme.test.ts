import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");

test("the README's program runs as written", () => {
  const [, example = ""] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
  const home = mkdtempSync(join(tmpdir(), "cloison-cli-readme-"));
  try {
    // the package resolves itself by its own name from here
    const run = spawnSync(process.execPath, ["--input-type=module", "-e", example], {
      cwd: join(import.meta.dirname, ".."),
      env: { PATH: process.env.PATH, HOME: home },
      encoding: "utf8",
    });
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toMatch(/^\{"type":"result","response":"\d+ TODO comments/m);
  } finally {
    rmSync(home, { recursive: true });
  }
});

test("the README names every option, and no other", () => {
  const help = spawnSync(process.execPath, [join(import.meta.dirname, "cli.ts"), "run", "--help"], {
    encoding: "utf8",
  });
  const optionsIn = (text: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].map(([, name]) => name).sort();
  const inReadme = optionsIn(readme, /^\| `(--[\w-]+)/gm);
  const inHelp = optionsIn(help.stdout, /^ {2}(?:-\w, )?(--[\w-]+)/gm);
  expect(inReadme).toEqual(inHelp.filter((name) => name !== "--help"));
});
