import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

/** The command from its sources, for whoever runs this, with this standard input. */
function cloison(args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "cli.ts"), ...args],
    {
      encoding: "utf8",
      input,
    },
  );
  return { status, stdout, stderr };
}

const enforce = process.geteuid?.() === 0 ? [] : ["--best-effort"];

test("cloison sandbox exec runs a program as cloison-sandbox exec does", () => {
  const run = cloison(["sandbox", "exec", ...enforce, "--", "sh", "-c", "cat; exit 4"], "given");
  expect(run).toMatchObject({ status: 4, stdout: "given" });
});

test("help and wrong arguments are those of the sandbox, under this name", () => {
  expect(cloison(["sandbox", "--help"]).stdout).toMatch(/^usage: cloison sandbox exec /);
  expect(cloison(["sandbox", "exec", "--help"]).stdout).toMatch(/^usage: cloison sandbox exec /);
  const wrong = cloison(["sandbox", "exec", "--rww", ".", "true"]);
  expect(wrong).toMatchObject({ status: 125, stdout: "" });
  expect(wrong.stderr).toMatch(/^cloison sandbox exec: unknown option --rww; did you mean --rw\?/);
  expect(cloison(["sandbox"]).status).toBe(2);
  expect(cloison(["--help"]).stdout).toMatch(/^ {2}sandbox /m);
});
