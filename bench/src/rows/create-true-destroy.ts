import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSandbox } from "@cloison/sandbox";
import { oneShotPolicy } from "../one-shot-policy.ts";
import { isInstalled, runProcess } from "../processes.ts";
import { type Benchmark, timeRuns, toRow } from "../row.ts";

const runs = 300;
const bwrapArgs = ["--unshare-all", "--ro-bind", "/", "/", "/bin/true"];
/** Architecture's budget: of bubblewrap's median in the same run. */
const budget = 0.65;

/** The launcher's whole process and bubblewrap's, started in turn by the same small C program. */
export const createTrueDestroy: Benchmark = async () => {
  if (!isInstalled("bwrap")) return { skipped: "bwrap is not installed (apt-get install bubblewrap)" };
  const directory = mkdtempSync(join(tmpdir(), "cloison-bench-"));
  try {
    const { launcher, policy } = oneShotPolicy(["/bin/true"]);
    const policyFile = join(directory, "policy");
    writeFileSync(policyFile, policy);
    const timer = join(directory, "time-processes");
    const source = new URL("../../native/time-processes.c", import.meta.url).pathname;
    execFileSync("cc", ["-O2", "-o", timer, source]);
    const output = execFileSync(timer, [String(runs), policyFile, launcher, "--", "bwrap", ...bwrapArgs], {
      encoding: "utf8",
    });
    const pairs = output
      .trim()
      .split("\n")
      .map((line) => line.split(" ").map((us) => Number(us) / 1000));
    const values = pairs.map(([ours = Number.NaN]) => ours);
    const bwrap = pairs.map(([, theirs = Number.NaN]) => theirs);
    return [
      toRow({ name: "sandbox.create-true-destroy", unit: "ms", values, peers: { bwrap }, budget }),
      await fromNode(),
    ];
  } finally {
    rmSync(directory, { recursive: true });
  }
};

/** The same by the library, limits and all, against bubblewrap started from Node. */
async function fromNode() {
  const values: number[] = [];
  const bwrap: number[] = [];
  for (let run = 0; run < runs / 3; run++) {
    values.push(...(await timeRuns(1, createRunKill, 0)));
    bwrap.push(...(await timeRuns(1, () => runProcess("bwrap", bwrapArgs), 0)));
  }
  return toRow({ name: "sandbox.create-true-destroy-api", unit: "ms", values, peers: { bwrap } });
}

async function createRunKill() {
  const sandbox = await createSandbox();
  await sandbox.commands.run(["/bin/true"]);
  await sandbox.kill();
}
