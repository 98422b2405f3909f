import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { createProject } from "./project.ts";

const enforce = process.getuid?.() === 0 ? [] : ["--best-effort"];
const run = promisify(execFile);

let project: string;
beforeAll(async () => {
  project = await createProject(["@cloison/sandbox"]);
  const manifest = { private: true, type: "module", scripts: { test: "node test.js" } };
  await mkdir(join(project, "mine"));
  await writeFile(join(project, "mine", "package.json"), JSON.stringify(manifest));
  await writeFile(
    join(project, "mine", "test.js"),
    'import { writeFileSync } from "node:fs"; writeFileSync("result", process.version); console.log(process.execPath);',
  );
});

/** Runs npx with the given Node.js first in its path, and a home of its own. */
async function npx(node: string, args: readonly string[]) {
  const HOME = await mkdtemp(join(tmpdir(), "cloison-npx-"));
  onTestFinished(() => rm(HOME, { recursive: true }));
  const env = { PATH: `${node}:${process.env.PATH ?? ""}`, HOME };
  return await run("npx", ["--no-install", "@cloison/sandbox", ...args], { cwd: project, env });
}

test("npx runs the tests of a project in a sandbox, with the Node.js that runs npx", async () => {
  const node = dirname(await realpath(process.execPath));
  const { stdout } = await npx(node, ["exec", ...enforce, "--rw", "mine", "--", "npm", "test"]);
  const inside = node.startsWith("/usr/") ? process.execPath : "/opt/node/bin/node";
  expect(stdout).toContain(`\n${inside}\n`);
  const { stdout: seen } = await npx(node, ["exec", ...enforce, "--ro", "mine", "--", "cat", "result"]);
  expect(seen).toBe(process.version);
});

test("npm is found inside where a version manager has installed it below a home", async (context) => {
  const npm = await realpath("/usr/bin/npm").catch(() => undefined);
  if (npm === undefined) context.skip("needs an npm to copy");
  const home = await mkdtemp(join(tmpdir(), "cloison-nvm-"));
  onTestFinished(() => rm(home, { recursive: true }));
  const version = join(home, "versions", "node", process.version);
  await mkdir(join(version, "bin"), { recursive: true });
  await cp(process.execPath, join(version, "bin", "node"));
  await mkdir(join(version, "lib", "node_modules", "npm", "bin"), { recursive: true });
  await writeFile(
    join(version, "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    '#!/usr/bin/env node\nconsole.log("own npm", process.argv.slice(2).join(" "));\n',
    { mode: 0o755 },
  );
  await symlink("../lib/node_modules/npm/bin/npm-cli.js", join(version, "bin", "npm"));
  await writeFile(join(home, "secret"), "x");
  const main = join(project, "node_modules", "@cloison", "sandbox", "dist", "tools", "cli", "main.js");
  const args = [
    main,
    "exec",
    ...enforce,
    "--",
    "sh",
    "-c",
    "npm run x; ls /opt/node /opt/node/lib/node_modules",
  ];
  const { stdout } = await run(join(version, "bin", "node"), args, { cwd: project });
  expect(stdout).toBe("own npm run x\n/opt/node:\nbin\nlib\n\n/opt/node/lib/node_modules:\nnpm\n");
});
