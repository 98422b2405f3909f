import { readFileSync } from "node:fs";
import type { Sandbox } from "#sandbox";
import { trialOf } from "../acts.ts";
import {
  nodeInside,
  type Probe,
  type ProbeContext,
  programInside,
  skipped,
  succeeded,
  type Trial,
} from "../probe.ts";

/** Node with its own threads, and one that JavaScript runs in. */
const manyThreads = `
  const { Worker } = require("node:worker_threads");
  new Worker("setInterval(() => {}, 1e6)", { eval: true }).on("online", () => console.log("ready"));`;

/** Looks at every thread that can be seen, PID 1's and Node's among them. */
async function lookAtAll(sandbox: Sandbox, field: string, expected: string): Promise<Trial> {
  const node = await sandbox.commands.start([nodeInside, "-e", manyThreads]);
  for await (const _ of node.stdout.iterator({ destroyOnReturn: false })) break;
  const { exitCode, stdout } = await sandbox.commands.run([programInside, "find-thread", field, expected]);
  await node.kill();
  return trialOf(exitCode, stdout, "find-thread");
}

/** Without a cgroup the limit holds for address space that Node sets aside, for each thread of JavaScript anew. */
const limits = { memoryMb: 1536 };

function threadProbe(
  parts: Pick<Probe, "id" | "title" | "method" | "source">,
  [field, expected]: readonly [string, string],
  control: (context: ProbeContext) => Promise<Trial>,
): Probe {
  return {
    ...parts,
    area: "kernel surface",
    attack: (context) => context.withSandbox((sandbox) => lookAtAll(sandbox, field, expected), { limits }),
    control,
  };
}

/** This process itself, unless whoever has started it has confined it already. */
async function hostItself(field: string, expected: string): Promise<Trial> {
  const value = new RegExp(`^${field}:\\s*(.*)$`, "m").exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return value === expected
    ? skipped(`the host is itself confined: its ${field} is ${value}`)
    : succeeded(`${field} is ${value} on the host`);
}

const noCapability = "0".repeat(16);
const sets = {
  CapEff: "effective",
  CapPrm: "permitted",
  CapBnd: "bounding",
  CapInh: "inheritable",
  CapAmb: "ambient",
} as const;

/** What must be true of every thread. */
export const threadProbes: readonly Probe[] = [
  threadProbe(
    {
      id: "thread-without-filter",
      title: "a thread without a filter",
      method: "look for a thread whose Seccomp is not 2, while Node runs workers",
      source: "seccomp(2): a filter holds for the thread that installs it and those it makes",
    },
    ["Seccomp", "2"],
    () => hostItself("Seccomp", "2"),
  ),
  threadProbe(
    {
      id: "thread-with-new-privileges",
      title: "a thread that may gain privileges",
      method: "look for a thread whose NoNewPrivs is not 1, while Node runs workers",
      source: "PR_SET_NO_NEW_PRIVS(2const)",
    },
    ["NoNewPrivs", "1"],
    () => hostItself("NoNewPrivs", "1"),
  ),
  ...Object.entries(sets).map(([field, name]) =>
    threadProbe(
      {
        id: `thread-with-${name}-capabilities`,
        title: `a thread with ${name} capabilities`,
        method: `look for a thread whose ${field} is not empty, while Node runs workers`,
        source: "capabilities(7)",
      },
      [field, noCapability],
      (context) => context.userns("find-thread", field, noCapability, "raised"),
    ),
  ),
];
