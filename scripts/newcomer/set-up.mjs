// Pinned tools, dependencies and a build. What is already up to date is skipped, by a stamp of the lock files.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { hashOf, readStamp, writeStamp } from "./stamp.mjs";
import { step } from "./step.mjs";

/**
 * @param {string} root the checkout
 * @param {NodeJS.WritableStream} out where the steps are told
 * @returns {Promise<NodeJS.ProcessEnv>} the environment for the job: the pinned Node and tools come first
 */
export async function setUp(root, out) {
  const tools = join(root, ".tools");
  const env = {
    ...process.env,
    // node_modules/.bin holds the pinned Node and every tool; .tools/bin only pnpm
    PATH: [join(root, "node_modules", ".bin"), join(tools, "bin"), process.env.PATH].join(delimiter),
    TURBO_TELEMETRY_DISABLED: "1",
  };
  await installTools(root, { tools, out });
  await installDependencies(root, { tools, env, out });
  await step("build", ["turbo", "run", "build", "--output-logs=errors-only"], { cwd: root, env, out });
  return env;
}

/** @param {string} root @param {{ tools: string, out: NodeJS.WritableStream }} where */
async function installTools(root, { tools, out }) {
  const source = join(root, "scripts", "tools");
  const stamp = { path: join(tools, "tools.stamp"), hash: hashOf([join(source, "package-lock.json")]) };
  const pnpm = join(tools, "bin", "pnpm");
  if (readStamp(stamp) && existsSync(pnpm)) return;
  mkdirSync(join(tools, "bin"), { recursive: true });
  for (const name of ["package.json", "package-lock.json"]) {
    copyFileSync(join(source, name), join(tools, name));
  }
  /** @type {import("./step.mjs").Command} */
  const command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];
  await step("fetch the pinned pnpm into .tools/", command, { cwd: tools, out });
  rmSync(pnpm, { force: true });
  symlinkSync(join("..", "node_modules", "@pnpm", `exe.linux-${process.arch}`, "pnpm"), pnpm);
  writeStamp(stamp);
}

/** @param {string} root @param {{ tools: string, env: NodeJS.ProcessEnv, out: NodeJS.WritableStream }} where */
async function installDependencies(root, { tools, env, out }) {
  const files = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json", ...manifests(root)];
  const stamp = { path: join(tools, "install.stamp"), hash: hashOf(files.map((name) => join(root, name))) };
  if (readStamp(stamp) && existsSync(join(root, "node_modules", ".modules.yaml"))) return;
  /** @type {import("./step.mjs").Command} */
  const command = ["pnpm", "install", "--frozen-lockfile", "--config.confirm-modules-purge=false"];
  await step("install Node.js 24 and the dependencies, as locked", command, { cwd: root, env, out });
  await step("check that the installed Node.js starts here", ["node", "--version"], { cwd: root, env, out });
  writeStamp(stamp);
}

/**
 * The package.json of every workspace package: a changed one needs another install.
 * @param {string} root
 */
function manifests(root) {
  const grouped = ["packages", "apps", "examples"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .sort()
      .map((name) => join(folder, name)),
  );
  return [...grouped, "bench"]
    .map((folder) => join(folder, "package.json"))
    .filter((path) => existsSync(join(root, path)));
}
