// What comes after set-up: the main job, the tests, the measurements, the examination of the machine.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { handOver, StepFailed, step } from "./step.mjs";

/** @typedef {{ root: string, env: NodeJS.ProcessEnv, args: readonly string[] }} Job */

/** @type {Record<string, (job: Job) => Promise<number>>} each resolves to the exit code */
export const jobs = { start, test, "test:vm": testInVm, bench, doctor };

/** @param {Job} job */
async function start({ root, env, args }) {
  console.log();
  return await handOver(
    ["node", join(root, "packages", "cloison-runtime", "dist", "bin.js"), "run", ...args],
    { cwd: typedIn(), env },
  );
}

// npm runs scripts in the package's directory; a relative path means the directory where the user typed
function typedIn() {
  const directory = process.env.INIT_CWD;
  return directory && existsSync(directory) ? directory : process.cwd();
}

/** @param {Job} job */
function doctor({ root, env, args }) {
  const main = join(root, "packages", "sandbox", "dist", "tools", "cli", "main.js");
  return handOver(["node", main, "doctor", ...args], { cwd: typedIn(), env });
}

/** @param {Job} job */
function bench({ root, env, args }) {
  return handOver(["node", join(root, "bench", "src", "main.ts"), ...args], { cwd: root, env });
}

/** @type {{ name: string, command: import("./step.mjs").Command }[]} */
const CHECKS = [
  { name: "lint", command: ["biome", "ci", "--colors=off", "."] },
  { name: "types", command: ["turbo", "run", "typecheck", "--output-logs=errors-only"] },
  { name: "types of the scripts", command: ["tsc", "-p", "scripts"] },
  { name: "packages", command: ["turbo", "run", "check:package", "--output-logs=errors-only"] },
  { name: "unused code", command: ["knip"] },
];

/**
 * Runs every check, then every test; with arguments only the tests that they choose.
 * @param {Job} job
 */
async function test({ root, env, args }) {
  const failed = args.length > 0 ? [] : await runChecks({ root, env });
  const folder = mkdtempSync(join(root, ".tools", "test-"));
  const closing = join(folder, "closing-line");
  try {
    const code = await handOver(["vitest", "run", ...args], {
      cwd: root,
      env: { ...env, CLOISON_FAILED_CHECKS: failed.join(","), CLOISON_CLOSING_LINE: closing },
    });
    // without a closing line vitest did not come to its end, and that is a failure
    console.log(existsSync(closing) ? readFileSync(closing, "utf8") : "0 passed, 1 failed, 0 skipped");
    return failed.length > 0 ? 1 : code;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The sandbox's tests in a virtual machine with another kernel. @param {Job} job */
async function testInVm({ root, env, args }) {
  await step("fetch the virtual machine into .tools/vm/", ["node", "scripts/vm/fetch-vm.mjs"], {
    cwd: root,
    env,
  });
  return await test({ root, env, args: ["--project", "vm", ...args] });
}

/**
 * @param {Omit<Job, "args">} job
 * @returns {Promise<string[]>} the names of the checks that failed; their output is shown, and the rest still runs
 */
async function runChecks({ root, env }) {
  const failed = [];
  for (const { name, command } of CHECKS) {
    try {
      await step(`check: ${name}`, command, { cwd: root, env });
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      console.error(error.message);
      failed.push(name);
    }
  }
  return failed;
}
