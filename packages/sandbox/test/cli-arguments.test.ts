import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseMb, parseTime } from "../cli/amounts.ts";
import { nodeInside } from "../cli/node-inside.ts";
import { parseSandboxArguments, sandboxFlags } from "../cli/sandbox-arguments.ts";
import { execUsage, shellUsage } from "../cli/usage.ts";
import { runCli } from "./support/run-cli.ts";

function parsed(...argv: readonly string[]) {
  const given = parseSandboxArguments(argv);
  if (given === "help") throw new TypeError("help was not asked for");
  return given;
}

describe("which command it is", () => {
  test.each([[[]], [["constructor"]], [["exce"]]])(
    "%j is wrong: all commands on stderr, exit code 2",
    (args) => {
      const { status, stdout, stderr } = runCli(args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(/^cloison-sandbox: .+\n\nusage: cloison-sandbox exec /);
    },
  );

  test("--help is all commands on stdout", () => {
    const usage = expect.stringMatching(/^usage: cloison-sandbox exec /);
    expect(runCli(["--help"])).toEqual({ status: 0, stderr: "", stdout: usage });
  });

  test.each([
    [["exec"], /a program to run is missing/],
    [["exec", "--rww", "."], /unknown option --rww; did you mean --rw\?/],
    [["exec", "--mem=1", "--", "true"], /unknown option --mem; did you mean --memory\?/],
    [["exec", "-x", "true"], /unknown option -x/],
    [["exec", "--rw"], /--rw needs a value/],
    [["exec", "--memory", "--", "true"], /--memory needs a value/],
    [["exec", "--best-effort=1", "true"], /does not take an argument/],
    [["exec", "--network", "host", "true"], /--network host is not to be had/],
    [["exec", "--seccomp", "off", "true"], /--seccomp is "default" or "strict"/],
    [["exec", "--timeout", "soon", "true"], /--timeout "soon" is no time/],
    [["exec", "--memory", "1k", "true"], /--memory "1k" is no size/],
    [["exec", "--rw", "/not/there", "true"], /--rw or --ro "\/not\/there" cannot be found/],
    [["exec", "--rw", "/", "true"], /"\/" is refused/],
    [["exec", "--pids", "1", "true"], /--pids must be a whole number from 2/],
    [["exec", "--json", "-", "true"], /--json - would be a file of that name/],
    [["exec", "--json", "/not/there/log", "true"], /--json \/not\/there\/log cannot be written/],
  ])("%j: exit code 125, and %s", (args, message) => {
    const { status, stdout, stderr } = runCli(args);
    expect({ status, stdout }).toEqual({ status: 125, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^cloison-sandbox exec: /);
  });

  test("every option is in the help", () => {
    for (const usage of [execUsage, shellUsage])
      expect(sandboxFlags.filter((flag) => !new RegExp(`^ +--${flag}\\b`, "m").test(usage))).toEqual([]);
    expect(runCli(["exec", "--help"])).toMatchObject({ status: 0, stderr: "" });
  });
});

describe("the options of a sandbox", () => {
  test("end at the program, whose own are not read", () => {
    const words = ["ls", "--rw", "x", "--", "-h"];
    expect(parsed("--memory", "64", ...words).command).toEqual(words);
    expect(parsed("--memory=64", "--", "--rw", "x").command).toEqual(["--rw", "x"]);
    expect(parseSandboxArguments(["--env", "X=-h", "-h", "true"])).toBe("help");
  });

  test("say where a directory is seen inside", () => {
    const targets = (...argv: readonly string[]) =>
      parsed(...argv, "true").options.mounts?.map(
        ({ source, target, access }) => `${access} ${source} ${target}`,
      );
    expect(targets("--rw", ".", "--ro", "./src")).toEqual(["rw . /workspace", "ro ./src /mnt/src"]);
    expect(targets("--ro", "./src", "--rw", ".")).toEqual([
      "ro ./src /workspace",
      `rw . /mnt/${basename(process.cwd())}`,
    ]);
    expect(targets("--ro", "a:b:/c", "--rw", "d")).toEqual(["ro a:b /c", "rw d /workspace"]);
    expect(targets("--ro", "a", "--rw", "d:/workspace")).toEqual(["ro a /mnt/a", "rw d /workspace"]);
    expect(targets("--ro", "package.json")).toEqual(["ro package.json /mnt/package.json"]);
  });

  test("begin in a directory inside", () => {
    expect(parsed("--rw", ".", "--cwd", "a/../b", "true").cwd).toBe("/workspace/b");
    expect(parsed("--cwd", "a", "true").cwd).toBe("/home/agent/a");
    expect(parsed("--cwd", "/a", "true").cwd).toBe("/a");
  });

  test("are times and sizes with their units", () => {
    expect(["30", "1.5s", "20ms", "5m", "1h"].map((text) => parseTime(text, "--timeout"))).toEqual([
      30_000, 1_500, 20, 300_000, 3_600_000,
    ]);
    expect(["512", "64m", "2g", "1.5GB"].map((text) => parseMb(text, "--memory"))).toEqual([
      512, 64, 2048, 1536,
    ]);
    for (const text of ["", "-1", "0", "1d", "1e3", "NaN"])
      expect(() => parseTime(text, "--timeout")).toThrow(text);
  });
});

describe("the Node.js that runs this", () => {
  /** An installation with what npm puts there, and with what must not get inside. */
  function install(...more: readonly string[]): string {
    const root = mkdtempSync(join(tmpdir(), "cloison-node-"));
    onTestFinished(() => rmSync(root, { recursive: true }));
    for (const path of ["bin", "etc", "lib/node_modules/npm/bin", "lib/node_modules/secret"])
      mkdirSync(join(root, path), { recursive: true });
    for (const path of ["bin/node", "etc/npmrc", "lib/node_modules/npm/bin/npm-cli.js", ...more]) {
      writeFileSync(join(root, path), "");
      chmodSync(join(root, path), 0o755);
    }
    symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(root, "bin/npm"));
    return root;
  }
  const seen = (root: string) =>
    nodeInside([], join(root, "bin/node")).mounts.map(({ source, target, access }) => [
      source.replace(root, "").replace("/bin/..", ""),
      target,
      access,
    ]);

  test("is mounted with npm, and with nothing else of its installation", () => {
    expect(seen(install())).toEqual([
      ["/bin", "/opt/node/bin", "ro"],
      ["/lib/node_modules/npm", "/opt/node/lib/node_modules/npm", "ro"],
    ]);
  });

  test("is mounted alone where it lies among other things", () => {
    expect(seen(install("bin/deploy-with-password"))).toEqual([["/bin/node", "/opt/node/bin/node", "ro"]]);
  });

  test("is not mounted where it is seen already, or where something else is", () => {
    expect(nodeInside([], "/usr/bin/env")).toEqual({ mounts: [], envs: {} });
    expect(nodeInside(["/opt"], join(install(), "bin/node")).mounts).toEqual([]);
    expect(nodeInside(["/opt/node/bin/x"], join(install(), "bin/node")).mounts).toEqual([]);
    expect(nodeInside(["/opt/nodes"], join(install(), "bin/node")).mounts).not.toEqual([]);
  });
});
