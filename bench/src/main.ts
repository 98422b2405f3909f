import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { arch, cpus, release, totalmem } from "node:os";
import { benchmarks } from "./benchmarks.ts";
import type { Outcome, Row } from "./row.ts";
import { printHead, printRow } from "./table.ts";

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
function chosen(): string[] {
  const names = Object.keys(benchmarks);
  const words = process.argv.slice(2);
  const unknown = words.filter((word) => !names.includes(word));
  if (unknown.length > 0) {
    console.error(`no such benchmark: ${unknown.join(" ")}; there are: ${names.join(" ")}`);
    process.exit(2);
  }
  return names.filter((name) => words.length === 0 || words.includes(name));
}

/** In a process of its own, which says itself what went wrong when it did. */
async function run(name: string): Promise<Outcome> {
  const child = fork(new URL("run-one.ts", import.meta.url), [name]);
  const [message, [code]] = await Promise.all([
    Promise.race([once(child, "message"), once(child, "exit")]),
    once(child, "exit"),
  ]);
  if (code !== 0) process.exit(1);
  return message[0];
}

const rows: Row[] = [];
const skipped: Record<string, string> = {};
const names = chosen();
printHead();
for (const name of names) {
  const outcome = await run(name);
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
