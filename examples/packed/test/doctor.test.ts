import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { copyNode, createFolderFor, createProject, ORDINARY_USER, runFile } from "./project.ts";

let project: string;
beforeAll(async () => {
  project = await createProject(["@cloison/sandbox"]);
});

const isRoot = process.getuid?.() === 0;
const main = () => join(project, "node_modules", "@cloison", "sandbox", "dist", "tools", "cli", "main.js");

test("npx runs the doctor of an installed package", async () => {
  // npm's own folders are its own, and so is the Node.js that the package needs
  const PATH = `${dirname(process.execPath)}:${process.env.PATH ?? ""}`;
  const HOME = await mkdtemp(join(tmpdir(), "cloison-npx-"));
  onTestFinished(() => rm(HOME, { recursive: true }));
  const env = { PATH, HOME };
  const args = ["--no-install", "@cloison/sandbox", "doctor", "--json"];
  const { stdout } = await promisify(execFile)("npx", args, { cwd: project, env });
  const { ready, layers } = JSON.parse(stdout);
  expect(ready).toBe(true);
  expect(layers[1]).toMatchObject({ name: "launcher", detail: expect.stringContaining(project) });
});

test("the doctor is the package's: an ordinary user is told what limits need, and attacks are held", async (context) => {
  if (!isRoot) context.skip("needs root, to become a user without a cgroup");
  const asUser = { node: await copyNode(), cwd: await createFolderFor(ORDINARY_USER), uid: ORDINARY_USER };

  const told = await runFile(main(), { ...asUser, args: ["doctor"] });
  expect(told).toMatchObject({ code: 0, stderr: "" });
  expect(told.stdout).toMatch(/^limits +missing .*\n +.*(Delegate=yes|--privileged|cgroup)/m);
  expect(told.stdout).toMatch(/^Sandboxes run here only with enforce: "best-effort".*\n$/m);

  const args = ["doctor", "--json", "--attack", "--only", "unshare-user"];
  const attacked = await runFile(main(), { ...asUser, args });
  expect(attacked).toMatchObject({ code: 0, stderr: "" });
  const { probes, escaped, total } = JSON.parse(attacked.stdout);
  expect({ probes, escaped, total }).toMatchObject({
    probes: [{ id: "unshare-user", as: "user", outcome: "held", control: "succeeded" }],
    escaped: 0,
    total: 1,
  });
});
