import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSandbox } from "@cloison/sandbox";
import { oneShotPolicy, rootFilesystem } from "../one-shot-policy.ts";
import { isInstalled, runProcess } from "../processes.ts";
import { type Benchmark, timeRuns, toRow } from "../row.ts";

const runs = 300;
/** The host's whole root as it is, with its /proc and its /dev: the least that bubblewrap can do. */
const hostRoot = ["--unshare-all", "--ro-bind", "/", "/", "/bin/true"];
/** Architecture's budget: of bubblewrap's median in the same run. */
const budget = 0.65;

/** The sandbox that ours is, as far as bubblewrap can make it: no seccomp, no limits, no masks. */
function sameRoot(): string[] {
  const system = rootFilesystem().flatMap(([name, source = "", target = ""]) => {
    if (name === "system") return ["--ro-bind", source, target];
    return name === "symlink" ? ["--symlink", source, target] : [];
  });
  const own = ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/home/agent"];
  return ["--unshare-all", "--die-with-parent", ...system, ...own, "--hostname", "sandbox", "/bin/true"];
}

/** The launcher's whole process and bubblewrap's, started in turn by the same small C program. */
export const createTrueDestroy: Benchmark = async () => {
  if (!isInstalled("bwrap")) return { skipped: "bwrap is not installed (apt-get install bubblewrap)" };
  const [values = [], same = [], host = []] = timeProcesses();
  const peers = { "bwrap with the same root": same, "bwrap on the host's root": host };
  return [
    toRow({ name: "sandbox.create-true-destroy", unit: "ms", values, peers, budget }),
    await fromNode(),
  ];
};

/** Milliseconds of ours and of each peer, a column each. */
function timeProcesses(): number[][] {
  const directory = mkdtempSync(join(tmpdir(), "cloison-bench-"));
  try {
    const { launcher, policy } = oneShotPolicy(["/bin/true"]);
    const policyFile = join(directory, "policy");
    writeFileSync(policyFile, policy);
    const timer = join(directory, "time-processes");
    const source = new URL("../../native/time-processes.c", import.meta.url).pathname;
    execFileSync("cc", ["-O2", "-o", timer, source]);
    const peers = [sameRoot(), hostRoot].flatMap((args) => ["--", "bwrap", ...args]);
    const output = execFileSync(timer, [String(runs), policyFile, launcher, ...peers], { encoding: "utf8" });
    const rounds = output.trim().split("\n");
    const times = rounds.map((round) => round.split(" ").map((microseconds) => Number(microseconds) / 1000));
    return [0, 1, 2].map((column) => times.map((round) => round[column] ?? Number.NaN));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The same by the library, limits and all, against bubblewrap started from Node. */
async function fromNode() {
  const values: number[] = [];
  const same: number[] = [];
  for (let run = 0; run < runs / 3; run++) {
    values.push(...(await timeRuns(1, createRunKill, 0)));
    same.push(...(await timeRuns(1, () => runProcess("bwrap", sameRoot()), 0)));
  }
  const peers = { "bwrap with the same root": same };
  return toRow({ name: "sandbox.create-true-destroy-api", unit: "ms", values, peers });
}

async function createRunKill() {
  const sandbox = await createSandbox();
  await sandbox.commands.run(["/bin/true"]);
  await sandbox.kill();
}
