import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { arch, cpus, release, totalmem } from "node:os";
import type { Benchmark, Row } from "./row.ts";
import { coldFirstByte } from "./rows/cold-first-byte.ts";
import { createTrueDestroy } from "./rows/create-true-destroy.ts";
import { execTrue } from "./rows/exec-true.ts";
import { idleAgent } from "./rows/idle-agent.ts";
import { workerReady } from "./rows/worker-ready.ts";

const benchmarks: Readonly<Record<string, Benchmark>> = {
  createTrueDestroy,
  execTrue,
  coldFirstByte,
  workerReady,
  idleAgent,
};

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown"; // not a checkout
  }
}

function machine() {
  const [first] = cpus();
  return {
    cpu: first?.model ?? "unknown",
    cpus: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    arch: arch(),
    node: process.version,
  };
}

function print(row: Row): void {
  const peers = Object.entries(row.against ?? {}).map(([peer, p50]) => `${peer} ${p50}`);
  const ratio = row.ratio === undefined ? "" : `× ${row.ratio}`;
  const budget =
    row.budget === undefined
      ? ""
      : `budget ${row.budget}: ${(row.ratio ?? row.p50) <= row.budget ? "held" : "MISSED"}`;
  const cells = [
    row.name.padEnd(34),
    `p50 ${row.p50} ${row.unit}`.padEnd(16),
    `p95 ${row.p95}`.padEnd(12),
    `n ${row.n}`.padEnd(7),
  ];
  console.log([...cells, peers.join(", ").padEnd(18), ratio.padEnd(9), budget].join(" ").trimEnd());
}

const rows: Row[] = [];
const skipped: Record<string, string> = {};
for (const [name, benchmark] of Object.entries(benchmarks)) {
  const outcome = await benchmark();
  if ("skipped" in outcome) {
    skipped[name] = outcome.skipped;
    console.log(`${name}: skipped, ${outcome.skipped}`);
    continue;
  }
  rows.push(...outcome);
  for (const row of outcome) print(row);
}
const results = new URL("../results/", import.meta.url);
mkdirSync(results, { recursive: true });
writeFileSync(
  new URL("latest.json", results),
  `${JSON.stringify({ machine: machine(), commit: commit(), rows, skipped }, null, 2)}\n`,
);
console.log("\nbench/results/latest.json written");
