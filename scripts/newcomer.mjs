#!/usr/bin/env node
// The two commands of a newcomer, `npm start` and `npm test` (and `npm run bench`, `npm run doctor`): check the
// machine, set up the pinned tools, install, build, then do the job. Runs on the system's Node (18 or later) without dependencies.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { jobs } from "./newcomer/jobs.mjs";
import { checkPrerequisites, thisHost } from "./newcomer/prerequisites.mjs";
import { setUp } from "./newcomer/set-up.mjs";
import { StepFailed } from "./newcomer/step.mjs";

const USAGE = `usage: node scripts/newcomer.mjs start [-- --dir DIR "message"]   run an agent in a sandbox
       node scripts/newcomer.mjs test  [-- vitest arguments]        run every check, or only some tests
       node scripts/newcomer.mjs test:vm                            run the sandbox's tests in a virtual machine
       node scripts/newcomer.mjs bench [-- bench arguments]         measure, into bench/results/latest.json
       node scripts/newcomer.mjs doctor [-- --json]                 tell what this machine offers to sandboxes`;

/** @param {readonly string[]} argv @returns {Promise<number>} the exit code */
async function main(argv) {
  const [name = "", ...rest] = argv;
  const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  if (!job) {
    console.error(USAGE);
    return 2;
  }
  const args = rest[0] === "--" ? rest.slice(1) : rest;
  const lacks = checkPrerequisites(thisHost());
  if (lacks.length > 0) {
    for (const lack of lacks) console.error(`cloison: ${lack}`);
    return 1;
  }
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  try {
    // what the doctor prints may be read by a program: nothing of set-up comes before it
    const env = await setUp(root, name === "doctor" ? process.stderr : process.stdout);
    return await job({ root, env, args });
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    console.error(error.message);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
