import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSandbox } from "@cloison/sandbox";
import { oneShotPolicy, systemOperations } from "../one-shot-policy.ts";
import { isInstalled, runProcess } from "../processes.ts";
import { type Benchmark, timeInBlocks, toRow } from "../row.ts";
import { openSrt } from "../srt.ts";

const runs = 300;
const blocks = 4;
/** The host's whole root as it is, with its /proc and its /dev: the least that bubblewrap can do. */
const hostRoot = ["--unshare-all", "--ro-bind", "/", "/", "/bin/true"];
const srtFromStartToEnd = "srt from start to end";
const sameRootName = "bwrap with the same root";
/** Architecture's budget: of bubblewrap's median in the same run. */
const ratio = 0.65;

/** The sandbox that ours is, as far as bubblewrap can make it: no seccomp, no limits, no masks. */
function sameRoot(): string[] {
  const system = systemOperations().flatMap(([name, source = "", target = ""]) => {
    return [name === "symlink" ? "--symlink" : "--ro-bind", source, target];
  });
  const own = ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/home/agent"];
  return ["--unshare-all", "--die-with-parent", ...system, ...own, "--hostname", "sandbox", "/bin/true"];
}

/** The launcher's whole process and bubblewrap's, started in turn by the same small C program. */
export const createTrueDestroy: Benchmark = async () => {
  if (!isInstalled("bwrap")) return { skipped: "bwrap is not installed (apt-get install bubblewrap)" };
  const [values = [], same = [], host = []] = timeProcesses();
  const peers = { [sameRootName]: same, "bwrap on the host's root": host };
  const budget = { peer: sameRootName, ratio };
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

/** The same by the library, limits and all, against bubblewrap and srt used from Node. */
async function fromNode() {
  const srt = await openSrt();
  const { times, failed } = await timeInBlocks(blocks, [
    {
      runs: runs / 3 / blocks,
      actions: { ours: createRunKill, [sameRootName]: () => runProcess("bwrap", sameRoot()) },
    },
    ...(srt.lack === undefined
      ? [{ runs: 5, peer: true, actions: { [srtFromStartToEnd]: () => srt.act("once") } }]
      : []),
  ]);
  await srt.close();
  const { ours = [], ...peers } = times;
  const without = srt.lack === undefined ? failed : { [srtFromStartToEnd]: srt.lack };
  return toRow({ name: "sandbox.create-true-destroy-api", unit: "ms", values: ours, peers, without });
}

async function createRunKill() {
  const sandbox = await createSandbox();
  await sandbox.commands.run(["/bin/true"]);
  await sandbox.kill();
}
