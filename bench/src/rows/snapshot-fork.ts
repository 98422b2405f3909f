import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSandbox, snapshots } from "@cloison/sandbox";
import { runProcess } from "../processes.ts";
import { type Benchmark, timeInTurn, toRow } from "../row.ts";

const runs = 5;
const directories = 100;
const filesInEach = 100;
const bytesInEach = 2000;
const copyOnce = "cp --reflink=auto -a, once";
/** A snapshot and a sandbox made from it together, of one copy's median in the same run. */
const ratio = 1.2;

function makeTree(root: string): void {
  for (let d = 0; d < directories; d++) {
    mkdirSync(join(root, `d${d}`), { recursive: true });
    for (let f = 0; f < filesInEach; f++)
      writeFileSync(join(root, `d${d}`, `f${f}`), "x".repeat(bytesInEach));
  }
}

/** A snapshot of a tree of 10,000 files, and a sandbox with its own copy of it, against one copy by cp(1). */
export const snapshotFork: Benchmark = async () => {
  const directory = mkdtempSync(join(tmpdir(), "cloison-bench-"));
  const [source, store, copy] = ["source", "store", "copy"].map((name) => join(directory, name));
  if (source === undefined || store === undefined || copy === undefined) throw new TypeError("no directory");
  makeTree(source);
  const options = { snapshots: { directory: store } };
  const mounts = [{ source, target: "/workspace", access: "rw" as const }];
  try {
    await using sandbox = await createSandbox({ ...options, mounts });
    const snapshotAndCreate = async () => {
      const start = performance.now();
      const id = await sandbox.snapshot();
      const branch = await createSandbox({ ...options, from: id });
      const time = performance.now() - start;
      await branch.kill();
      await snapshots.delete(id, options.snapshots);
      return time;
    };
    const copyTree = async () => {
      const start = performance.now();
      await runProcess("cp", ["--reflink=auto", "-a", source, copy]);
      const time = performance.now() - start;
      rmSync(copy, { recursive: true });
      return time;
    };
    const times = await timeInTurn(runs, { ours: snapshotAndCreate, [copyOnce]: copyTree });
    const { ours = [], ...peers } = times;
    const budget = { peer: copyOnce, ratio };
    return [toRow({ name: "sandbox.snapshot-fork-10k", unit: "ms", values: ours, peers, budget })];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
