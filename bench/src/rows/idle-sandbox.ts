import { readFileSync } from "node:fs";
import { createSandbox, type Sandbox } from "@cloison/sandbox";
import { parentOf, pssMb } from "../processes.ts";
import { type Benchmark, toRow } from "../row.ts";

const fleet = 300;
const atOnce = 10;
/** kB of a living sandbox that nothing runs in. */
const budget = 450;

/**
 * Memory of living sandboxes that nothing runs in: the launcher and PID 1 of each, what the host process grew by for
 * it, and what its cgroup counts, which is the kernel's own memory for it besides PID 1's.
 */
export const idleSandbox: Benchmark = async () => {
  const [warm] = await fill(1); // what is loaded once
  const hostBefore = hostKb();
  const sandboxes: Sandbox[] = [];
  while (sandboxes.length < fleet) sandboxes.push(...(await fill(atOnce)));
  const values = sandboxes.map(({ pid }) => (pssMb(pid) + pssMb(parentOf(pid))) * 1024);
  const host = (hostKb() - hostBefore) / fleet;
  const stats = await Promise.all(sandboxes.map((sandbox) => sandbox.stats()));
  const charged = stats.flatMap(({ memoryMb }) => memoryMb ?? []);
  await Promise.all(sandboxes.map((sandbox) => sandbox.kill()));
  await warm?.kill();
  return [
    toRow({ name: "sandbox.idle-pss", unit: "kB", values, budget }),
    toRow({ name: "sandbox.idle-host-rss", unit: "kB", values: [host] }),
    ...(charged.length === 0
      ? []
      : [
          toRow({
            name: "sandbox.idle-cgroup",
            unit: "kB",
            values: charged.map((megabytes) => megabytes * 1024),
          }),
        ]),
  ];
};

function fill(count: number): Promise<Sandbox[]> {
  return Promise.all(Array.from({ length: count }, () => createSandbox()));
}

/** Resident memory of this process. */
function hostKb(): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}
