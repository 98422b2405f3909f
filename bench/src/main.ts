import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { arch, cpus, release, totalmem } from "node:os";
import type { Benchmark, Row } from "./row.ts";
import { coldFirstByte } from "./rows/cold-first-byte.ts";
import { createTrueDestroy } from "./rows/create-true-destroy.ts";
import { execTrue } from "./rows/exec-true.ts";
import { idleAgent } from "./rows/idle-agent.ts";
import { idleSandbox } from "./rows/idle-sandbox.ts";
import { workerReady } from "./rows/worker-ready.ts";
import { printHead, printRow } from "./table.ts";

const benchmarks: Readonly<Record<string, Benchmark>> = {
  createTrueDestroy,
  execTrue,
  idleSandbox,
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

/** Only what the arguments name, or all. */
function chosen(): [string, Benchmark][] {
  const words = process.argv.slice(2);
  const unknown = words.filter((word) => !Object.hasOwn(benchmarks, word));
  if (unknown.length > 0) {
    console.error(`no such benchmark: ${unknown.join(" ")}; there are: ${Object.keys(benchmarks).join(" ")}`);
    process.exit(2);
  }
  return Object.entries(benchmarks).filter(([name]) => words.length === 0 || words.includes(name));
}

const rows: Row[] = [];
const skipped: Record<string, string> = {};
const benches = chosen();
printHead();
for (const [name, benchmark] of benches) {
  const outcome = await benchmark();
  if ("skipped" in outcome) {
    skipped[name] = outcome.skipped;
    console.log(`${name}: skipped, ${outcome.skipped}`);
    continue;
  }
  rows.push(...outcome);
  for (const row of outcome) printRow(row);
}
const results = new URL("../results/", import.meta.url);
const json = JSON.stringify({ machine: machine(), commit: commit(), rows, skipped }, null, 2);
mkdirSync(results, { recursive: true });
writeFileSync(new URL("latest.json", results), `${json}\n`);
console.log(`\n${json}\n\nbench/results/latest.json written`);
