import { once } from "node:events";
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPrng, runSeed } from "./channel/prng.ts";
import { type Host, type Lane, lanes, startHost, userId } from "./support/as-user.ts";
import type { HostTools } from "./support/host-tools.ts";
import { makeCopy } from "./support/library-copy.ts";
import { cgroupsWith, idsWithForgottenKeys, runningProgramsOf, settled } from "./support/traces.ts";

/** More than the kernel's quota of 200 keys an ordinary user could make, if any of their keyrings stayed. */
const few = { inARow: 150, atOnce: 30, kills: 20 };
const scales: Record<Lane["kind"], typeof few> = {
  root: { inARow: 1000, atOnce: 200, kills: 100 },
  user: few,
  delegated: few,
  self: few,
};
/** Hosts alive at a time, of those that are killed. */
const hostsAtOnce = 4;
const boundMs = 180_000;

let copy = "";
let temporary = "";
beforeAll(() => {
  copy = makeCopy();
  temporary = join(copy, "temporary");
  mkdirSync(temporary);
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** A host whose temporary files are seen. */
function start(lane: Lane): Promise<Host> {
  if (lane.kind === "user" || lane.kind === "delegated") chownSync(temporary, userId, userId);
  return startHost(lane, copy, { env: { ...process.env, TMPDIR: temporary } });
}

/** Those of this file's hosts, by its own copy of the launcher. Whoever a sandbox has, its PID 1 outlives. */
const launchersAndInits = () => runningProgramsOf(join(copy, "node_modules"));

/** All that is left of hosts. */
async function traces(hosts: readonly number[]) {
  let keys = idsWithForgottenKeys();
  return {
    processes: await settled(launchersAndInits),
    groups: await settled(() => hosts.flatMap((pid) => cgroupsWith(`.${pid}.`))),
    keys: await settled(() => {
      const now = idsWithForgottenKeys();
      keys = keys.filter((id) => now.includes(id)); // forgotten at every look
      return keys;
    }),
    temporary: readdirSync(temporary),
    mounts: readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .filter((line) => line.includes(copy)),
  };
}

const nothing = { processes: [], groups: [], keys: [], temporary: [], mounts: [] };

for (const lane of lanes) {
  const scale = scales[lane.kind];
  describe.skipIf(lane.skipped !== undefined)(`no trace is left at scale, ${lane.title}`, () => {
    async function afterSandboxes(count: number, atOnce: number) {
      const host = await start(lane);
      try {
        const made = await host.evaluate(makeSandboxes, { count, atOnce, directory: host.directory });
        return { made, left: await traces([host.pid]), mounted: readdirSync(host.directory) };
      } finally {
        await host.stop();
      }
    }

    test(
      `by ${scale.inARow} sandboxes one after the other`,
      async () => {
        const seen = await afterSandboxes(scale.inARow, 1);
        expect(seen).toEqual({
          made: { ran: scale.inARow, alive: 1, newDescriptors: 0 },
          left: nothing,
          mounted: [],
        });
      },
      boundMs,
    );

    test(
      `by ${scale.atOnce} sandboxes at once`,
      async () => {
        const seen = await afterSandboxes(scale.atOnce, scale.atOnce);
        expect(seen).toEqual({
          made: { ran: scale.atOnce, alive: scale.atOnce, newDescriptors: 0 },
          left: nothing,
          mounted: [],
        });
      },
      boundMs,
    );

    test(
      `by ${scale.kills} hosts killed at random moments`,
      async () => {
        const random = createPrng(runSeed());
        const killed: number[] = [];
        const steps = new Map<string, number>();
        const killOne = async () => {
          const host = await start(lane);
          const step = await killedAt(host, { step: random.below(12), delayMs: random.below(10) });
          steps.set(step, (steps.get(step) ?? 0) + 1);
          killed.push(host.pid);
          await host.stop();
        };
        while (killed.length < scale.kills)
          await Promise.all(
            Array.from({ length: Math.min(hostsAtOnce, scale.kills - killed.length) }, killOne),
          );
        expect(await settled(launchersAndInits)).toEqual([]);
        // What no launcher had been told of is swept by the next host.
        const next = await start(lane);
        await next.evaluate(({ withSandbox }) => withSandbox({}, async () => {}));
        const left = await traces(killed);
        await next.stop();
        expect(left).toEqual(nothing);
        expect(steps.size).toBeGreaterThan(2); // the moments were not all the same
      },
      boundMs,
    );
  });
}

interface Batch {
  readonly count: number;
  readonly atOnce: number;
  readonly directory: string;
}

/** In a host: sandboxes with a mount, each with a process left running in it, so many alive at a time. */
async function makeSandboxes({ withSandbox, output, fs }: HostTools, { count, atOnce, directory }: Batch) {
  const mounts = [{ source: directory, target: "/workspace", access: "rw" as const }];
  const descriptors = () => fs.readdirSync("/proc/self/fd").length;
  await withSandbox({ mounts }, (sandbox) => output(sandbox, "echo what is opened once and kept"));
  const before = descriptors();
  const seen = { ran: 0, alive: 0 };
  let alive = 0;
  let allAlive = () => {};
  for (let made = 0; made < count; made += atOnce) {
    const together = new Promise<void>((resolve) => {
      allAlive = resolve;
    });
    const one = () =>
      withSandbox({ mounts }, async (sandbox) => {
        seen.alive = Math.max(seen.alive, ++alive);
        if (alive === atOnce) allAlive();
        await together;
        if ((await output(sandbox, "sleep 100 > /dev/null 2>&1 & echo on")) === "on") seen.ran++;
      }).finally(() => alive--);
    await Promise.all(Array.from({ length: atOnce }, one));
  }
  return { ...seen, newDescriptors: descriptors() - before };
}

/** In a host: makes sandboxes and uses them without end, and tells of each step that it begins. */
async function churn({ create, waitForText }: HostTools, directory: string) {
  const mounts = [{ source: directory, target: "/workspace", access: "rw" as const }];
  const begin = (step: string) => process.send?.({ step });
  const forever = async () => {
    for (;;) {
      begin("create");
      const sandbox = await create({ mounts });
      begin("run");
      await sandbox.commands.run("sleep 100 > /dev/null 2>&1 & echo on");
      begin("start");
      const daemon = await sandbox.commands.start(["/opt/probe", "stay", "daemon"]);
      await waitForText(daemon, "ready");
      begin("kill");
      await sandbox.kill();
    }
  };
  await Promise.all([forever(), forever()]);
}

/** Kills a host so long after so many steps, and gives the last step that it had begun. */
async function killedAt(
  host: Host,
  when: { readonly step: number; readonly delayMs: number },
): Promise<string> {
  const exit = once(host.child, "exit");
  let steps = 0;
  let last = "";
  host.child.on("message", (message) => {
    if (typeof message !== "object" || message === null || !("step" in message)) return;
    last = String(message.step);
    if (steps++ === when.step) setTimeout(() => host.child.kill("SIGKILL"), when.delayMs);
  });
  const ended: unknown = await host.evaluate(churn, host.directory).catch((error) => error.code);
  expect(ended).toBe("ENDED"); // by nothing of its own
  await exit;
  return last;
}
