import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { CgroupUnavailableError } from "../src/cgroup/errors.ts";
import { findCgroupDriver } from "../src/cgroup/index.ts";

const packageDirectory = join(import.meta.dirname, "..");
const project = mkdtempSync(join(tmpdir(), "cloison-readme-"));
afterAll(() => rmSync(project, { recursive: true, force: true }));

function whyNot(): string {
  if (Number(process.versions.node.split(".")[0]) < 24) return " (skipped: `await using` needs Node 24)";
  try {
    findCgroupDriver();
    return "";
  } catch (error) {
    if (error instanceof CgroupUnavailableError) return " (skipped: no cgroup for this user)";
    throw error;
  }
}

const cannot = whyNot();

const readme = readFileSync(join(packageDirectory, "README.md"), "utf8");
const [first = "", ...capabilities] = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code = ""]) => code);
const hasPython = existsSync("/usr/bin/python3");

/** Runs a program in an empty project that has nothing but this package. */
function run(name: string, program: string) {
  mkdirSync(join(project, "node_modules/@cloison"), { recursive: true });
  if (!existsSync(join(project, "node_modules/@cloison/sandbox")))
    symlinkSync(packageDirectory, join(project, "node_modules/@cloison/sandbox"));
  mkdirSync(join(project, "project"), { recursive: true });
  writeFileSync(join(project, "project/notes.txt"), "a\nb\nc\n");
  writeFileSync(join(project, name), program);
  const env = { ...process.env, XDG_STATE_HOME: join(project, "state") };
  return spawnSync(process.execPath, [name], { cwd: project, encoding: "utf8", env });
}

test.skipIf(cannot !== "")(`the README's first example does what it says${cannot}`, () => {
  expect(first.trim().split("\n").length).toBeLessThanOrEqual(11);
  const { stdout, stderr, status } = run("example.mjs", first);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(stdout).toMatch(/^0 1000\n ls: .*\/root.*No such file or directory\n\ntwo\none\n0 cgroup v[12]\n$/);
  expect(readFileSync(join(project, "project/lines"), "utf8")).toBe("3\n");
});

/** What each of the examples prints, in the README's order. */
const prints = [
  ["commands", /^$/],
  ["files", /^\/workspace\/src\/app\.py 15\n$/],
  ["terminals", /40 120[\s\S]*\n3\n$/],
  ["ports", /^200\n$/],
  ["life", /^running [\d.]+ [\d.]+ \d[\d.]* \d+\n$/],
  ["snapshots", /^$/],
  ["events", /^(\d+ [\w.]+\n)*$/],
] as const;

test("the README shows each capability in few lines", () => {
  expect(capabilities.length).toBe(prints.length);
  for (const code of capabilities) expect(code.trim().split("\n").length).toBeLessThanOrEqual(5);
});

describe.skipIf(cannot !== "").each(prints)(`the README's example of %s${cannot}`, (name, printed) => {
  const lack = name === "ports" && !hasPython ? " (skipped: no python3)" : "";
  test.skipIf(lack !== "")(`does what it says${lack}`, () => {
    const code = capabilities[prints.findIndex(([each]) => each === name)] ?? "";
    const { stdout, stderr, status } = run(
      `${name}.mjs`,
      `import { createSandbox } from "@cloison/sandbox";
const mounts = [{ source: "./project", target: "/workspace", access: "rw" }];
await using sandbox = await createSandbox({ mounts });
${code}`,
    );
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(stdout).toMatch(printed);
  });
});
