import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { nodeLack } from "../cli/node-version.ts";
import { cliMain, plainEnvironment, runCli } from "./support/run-cli.ts";

describe("the command's arguments", () => {
  test.each([
    [["doctor", "more"]],
    [["doctor", "--jsno"]],
    [["doctor", "--json=yes"]],
    [["doctor", "--attack", "--only"]],
    [["doctor", "--only", "unshare-user"]],
    [["doctor", "--as", "user"]],
    [["doctor", "--attack", "--as", "nobody"]],
  ])("%j are wrong: usage on stderr, exit code 2", (args) => {
    const { status, stdout, stderr } = runCli(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^cloison-sandbox doctor: .+\n\nusage: cloison-sandbox doctor /);
  });

  test("--help is usage on stdout, exit code 0", () => {
    const usage = expect.stringMatching(/^usage: cloison-sandbox doctor /);
    expect(runCli(["doctor", "-h"])).toEqual({ status: 0, stderr: "", stdout: usage });
  });
});

test.each([
  ["18.20.8", /needs Node\.js 22\.19 or later, and this is 18\.20\.8/],
  ["22.18.0", /needs Node\.js 22\.19/],
  ["22.19.0", undefined],
  ["24.0.0", undefined],
])("Node.js %s is told when it is too old", (version, lack) => {
  if (lack === undefined) expect(nodeLack(version)).toBeUndefined();
  else expect(nodeLack(version)).toMatch(lack);
});

const noScript =
  spawnSync("script", ["--version"]).status === 0 ? "" : " (skipped: no script(1) to make a terminal)";

describe("what is told", () => {
  test("is one line a layer, its fix below, and a verdict in the last line", () => {
    const { stdout, stderr } = runCli(["doctor"]);
    expect(stderr).toBe("");
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^system {2,}ok {2,}\S/);
    expect(lines.at(-1)).toMatch(/^(Sandboxes run here|No sandbox runs here)/);
    for (const line of lines.slice(0, -2))
      expect(line).toMatch(/^([a-z ]+ {2}(ok|limited|missing) +\S| {6,}\S|$)/);
  });

  test("is one JSON document, in this order", () => {
    const { stdout, stderr } = runCli(["doctor", "--json"]);
    expect(stderr).toBe("");
    const report = JSON.parse(stdout);
    const keys = ["ready", "bestEffortOnly", "verdict", "layers", "probes", "escaped", "total"];
    expect(Object.keys(report)).toEqual(keys);
    expect(report).toMatchObject({ probes: [], escaped: 0, total: 0 });
    for (const { name, state, detail } of report.layers) {
      expect([typeof name, typeof detail]).toEqual(["string", "string"]);
      expect(["ok", "limited", "missing"]).toContain(state);
    }
  });

  test.skipIf(noScript !== "")(`has colours only on a terminal that wants them${noScript}`, () => {
    const onTerminal = (env: NodeJS.ProcessEnv) =>
      spawnSync("script", ["-qec", `'${process.execPath}' '${cliMain}' doctor`, "/dev/null"], {
        encoding: "utf8",
        env: { ...plainEnvironment(), TERM: "xterm-256color", ...env },
      }).stdout;
    expect(onTerminal({})).toContain("\u001b[32m");
    const plain = onTerminal({ NO_COLOR: "1" });
    expect(plain).toContain("system ");
    expect(plain).not.toContain("\u001b");
    expect(runCli(["doctor"]).stdout).not.toContain("\u001b");
  });

  test("ends with 1 when nobody reads the verdict", async () => {
    const child = spawn(process.execPath, [cliMain, "doctor"], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    const [[status], stderr] = await Promise.all([once(child, "exit"), text(child.stderr)]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
  });
});
