import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  copyExampleFolder,
  copyNode,
  createFolderFor,
  createProject,
  needsRoot,
  ORDINARY_USER,
  runFile,
} from "./project.ts";

let project: string;
beforeAll(async () => {
  project = await createProject(["@cloison/sandbox"]);
});

const has = (program: string) => spawnSync(program, ["--version"]).status === 0;
const withoutBrowser = has("chromium") ? "" : " (skipped: no chromium; apt-get install chromium)";
const withoutTerminal = has("script") ? "" : " (skipped: no script(1) to make a terminal)";
const withoutPython = has("python3") ? "" : " (skipped: no python3)";

interface Lane {
  readonly title: string;
  readonly enforce: "required" | "best-effort";
  readonly uid?: number;
}

const lanes: readonly Lane[] = [
  { title: "as root", enforce: "required" },
  { title: "as an ordinary user", enforce: "best-effort", uid: ORDINARY_USER },
];

interface Identity {
  readonly uid?: number;
  readonly node?: string;
  readonly cwd?: string;
}

/** Who runs a file in a lane, with a Node.js and a directory that this user may use. */
async function identityOf({ uid }: Lane): Promise<Identity> {
  return uid === undefined ? {} : { uid, node: await copyNode(), cwd: await createFolderFor(uid) };
}

/** What a page looks like once its scripts have run. */
async function openInBrowser(url: string): Promise<string> {
  const profile = await mkdtemp(join(tmpdir(), "cloison-browser-"));
  onTestFinished(() => rm(profile, { recursive: true, maxRetries: 5 }));
  const options = ["--headless=new", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`];
  const args = [...options, "--virtual-time-budget=10000", "--dump-dom", url];
  const env = { PATH: process.env.PATH ?? "", HOME: profile };
  return (await promisify(execFile)("chromium", args, { env })).stdout;
}

describe.each(lanes)("$title", (lane) => {
  test.skipIf(needsRoot !== "" || withoutBrowser !== "")(
    `a browser shows what the page of a sandbox's dev server computes${needsRoot}${withoutBrowser}`,
    async () => {
      const { node = process.execPath, ...user } = await identityOf(lane);
      const file = join(await copyExampleFolder(project, "sandbox-dev-server"), "main.mjs");
      const identity = user.uid === undefined ? {} : { ...user, gid: user.uid };
      const child = spawn(node, [file, lane.enforce], { stdio: ["ignore", "pipe", "inherit"], ...identity });
      onTestFinished(() => void child.kill("SIGKILL"));
      const [line] = await once(createInterface(child.stdout), "line");
      const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
      expect(await openInBrowser(url)).toContain('<p id="sum">100 numbers make 5050</p>');
      child.kill("SIGINT");
      expect(await once(child, "exit")).toEqual([0, null]);
      await expect(fetch(url)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    },
  );

  test.skipIf(needsRoot !== "" || withoutPython !== "")(
    `Python that nobody trusts is run, ended in time and refused${needsRoot}${withoutPython}`,
    async () => {
      const file = join(await copyExampleFolder(project, "sandbox-python"), "main.mjs");
      const run = await runFile(file, { args: [lane.enforce], ...(await identityOf(lane)) });
      expect(run).toMatchObject({ code: 0, stderr: "" });
      expect(run.stdout).toMatch(
        /^a program that works:\n {2}printed "3\.8333333333333335\\n"\n {2}ended with 0 /m,
      );
      expect(run.stdout).toMatch(/^a program that never ends:\n {2}printed ""\n {2}ended with its time /m);
      expect(run.stdout).toMatch(
        /^a program that asks for too much memory:\n {2}printed ""\n {2}ended with (SIGKILL|1) /m,
      );
      expect(run.stdout).toMatch(/^ {2}printed "\['agent'\] 1000\\n"$/m);
      expect(run.stdout).toMatch(/^ {2}was refused name not resolved \(network\): /m);
    },
  );

  test.skipIf(needsRoot !== "")(
    `ten branches of a tree are made, and the best one is kept${needsRoot}`,
    async () => {
      const file = join(await copyExampleFolder(project, "sandbox-fork"), "main.mjs");
      const run = await runFile(file, { args: [lane.enforce], ...(await identityOf(lane)) });
      expect(run).toMatchObject({ code: 0, stderr: "" });
      const sizes = [...run.stdout.matchAll(/^(\d+) bytes by: (.*)$/gm)].map(([, size, by]) => [
        Number(size),
        by,
      ]);
      const [best] = sizes.toSorted(([one], [other]) => Number(one) - Number(other));
      expect(sizes.length).toBe(10);
      expect(run.stdout).toContain(`kept: ${best?.[1]}; the tree is now packed\n`);
    },
  );

  test.skipIf(needsRoot !== "" || withoutTerminal !== "")(
    `a shell in a sandbox is used in a terminal${needsRoot}${withoutTerminal}`,
    async () => {
      const { node = process.execPath, ...user } = await identityOf(lane);
      const file = join(await copyExampleFolder(project, "sandbox-shell"), "main.mjs");
      const identity = user.uid === undefined ? {} : { ...user, gid: user.uid };
      const command = `stty cols 91 rows 17; '${node}' '${file}' ${lane.enforce}`;
      const child = spawn("script", ["-qec", command, "/dev/null"], {
        stdio: ["pipe", "pipe", "inherit"],
        ...identity,
      });
      onTestFinished(() => void child.kill("SIGKILL"));
      child.stdin.end("stty size; echo $((6 * 7)) > it; cat it; id -un; exit 9\r");
      const [shown, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
      expect(shown.replaceAll("\r", "")).toContain("17 91\n42\nagent\n");
      expect(code).toBe(9);
    },
  );
});
