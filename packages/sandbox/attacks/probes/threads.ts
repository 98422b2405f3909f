import { readFileSync } from "node:fs";
import { actsInside } from "../acts.ts";
import { nodeInside, type Probe, type ProbeContext, skipped, succeeded, type Trial } from "../probe.ts";

/** Node with its own threads, and one that JavaScript runs in. */
const manyThreads = `
  const { Worker } = require("node:worker_threads");
  new Worker("setInterval(() => {}, 1e6)", { eval: true }).on("online", () => console.log("ready"));`;

const noCapability = "0".repeat(16);
const sets = {
  CapEff: "effective",
  CapPrm: "permitted",
  CapBnd: "bounding",
  CapInh: "inheritable",
  CapAmb: "ambient",
} as const;

/** Fields of /proc/PID/task/TID/status, with what they must be. */
const fields: Readonly<Record<string, string>> = {
  Seccomp: "2",
  NoNewPrivs: "1",
  ...Object.fromEntries(Object.keys(sets).map((name) => [name, noCapability])),
};

/** Without a cgroup the limit holds for address space that Node sets aside, for each thread of JavaScript anew. */
const limits = { memoryMb: 1536 };

/** Looks at every thread that can be seen, PID 1's and Node's among them: one sandbox for all fields. */
async function lookAtAll(context: ProbeContext): Promise<Map<string, () => Trial>> {
  return context.withSandbox(
    async (sandbox) => {
      const node = await sandbox.commands.start([nodeInside, "-e", manyThreads]);
      for await (const _ of node.stdout.iterator({ destroyOnReturn: false })) break;
      const acts = Object.entries(fields).map(([name, expected]) => ["find-thread", name, expected] as const);
      const trials = await actsInside(async () => sandbox)(acts);
      await node.kill();
      return new Map(
        acts.map(([, name], index) => [name, trials[index] ?? (() => skipped("it was not looked at"))]),
      );
    },
    { limits },
  );
}

const looked = new WeakMap<ProbeContext, Promise<Map<string, () => Trial>>>();

async function look(context: ProbeContext, field: string): Promise<Trial> {
  const all = looked.get(context) ?? lookAtAll(context);
  looked.set(context, all);
  return (await all).get(field)?.() ?? skipped("it was not looked at");
}

function threadProbe(
  parts: Pick<Probe, "id" | "title" | "method" | "source">,
  field: string,
  control: (context: ProbeContext) => Promise<Trial>,
): Probe {
  return { ...parts, area: "kernel surface", attack: (context) => look(context, field), control };
}

/** This process itself, unless whoever has started it has confined it already. */
async function hostItself(field: string): Promise<Trial> {
  const expected = fields[field];
  const value = new RegExp(`^${field}:\\s*(.*)$`, "m").exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return value === expected
    ? skipped(`the host is itself confined: its ${field} is ${value}`)
    : succeeded(`${field} is ${value} on the host`);
}

/** What must be true of every thread. */
export const threadProbes: readonly Probe[] = [
  threadProbe(
    {
      id: "thread-without-filter",
      title: "a thread without a filter",
      method: "look for a thread whose Seccomp is not 2, while Node runs workers",
      source: "seccomp(2): a filter holds for the thread that installs it and those it makes",
    },
    "Seccomp",
    () => hostItself("Seccomp"),
  ),
  threadProbe(
    {
      id: "thread-with-new-privileges",
      title: "a thread that may gain privileges",
      method: "look for a thread whose NoNewPrivs is not 1, while Node runs workers",
      source: "PR_SET_NO_NEW_PRIVS(2const)",
    },
    "NoNewPrivs",
    () => hostItself("NoNewPrivs"),
  ),
  ...Object.entries(sets).map(([field, name]) =>
    threadProbe(
      {
        id: `thread-with-${name}-capabilities`,
        title: `a thread with ${name} capabilities`,
        method: `look for a thread whose ${field} is not empty, while Node runs workers`,
        source: "capabilities(7)",
      },
      field,
      (context) => context.userns("find-thread", field, noCapability, "raised"),
    ),
  ),
];
