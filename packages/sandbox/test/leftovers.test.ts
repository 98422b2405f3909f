import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Host, hierarchies, lanes } from "./support/as-user.ts";
import { hold, leftOf, useHosts } from "./support/held-sandboxes.ts";
import { cgroupsWith, isRunning, launchersOf } from "./support/traces.ts";

const onHost = useHosts();

/** The machine's mounts; those of other tests' hosts, which make some at the same time, left out. */
function mountsBeside({ directory }: Host): string[] {
  const hosts = join(tmpdir(), "cloison-host-");
  const own = dirname(directory);
  const isOthers = (target = "") => target.startsWith(hosts) && !target.startsWith(own);
  const lines = readFileSync("/proc/self/mounts", "utf8").split("\n");
  return lines.filter((line) => !isOthers(line.split(" ")[1]));
}

/** What a sandbox has of groups at the least: one in each hierarchy. */
const cgroupsEach = { root: hierarchies, delegated: hierarchies, user: 0, self: 0 };

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`nothing is left behind, ${lane.title}`, () => {
    const unlimited = lane.kind === "root" ? "" : " (skipped: no limit of processor time is delegated)";

    test("after the host was killed", async () => {
      const left = await onHost(lane, async (host) => {
        const held = await hold(host);
        expect(held.pids.every(isRunning)).toBe(true);
        expect(held.ids.flatMap(cgroupsWith).length).toBeGreaterThanOrEqual(2 * cgroupsEach[lane.kind]);
        host.child.kill("SIGKILL");
        return leftOf(held);
      });
      expect(left).toEqual([]);
    });

    test("by a sandbox that leaves its PID 1 no processor time, after the host was killed", async () => {
      const left = await onHost(lane, async (host) => {
        // A limit of processor time puts all in one group of the scheduler, where hostile processes count most.
        const cpus = lane.kind === "root" ? { cpus: 2 } : {};
        const held = await hold(host, { hostile: "starve-init", ...cpus });
        host.child.kill("SIGKILL");
        return leftOf(held);
      });
      expect(left).toEqual([]);
    });

    test.skipIf(unlimited !== "")(
      `by a sandbox that has used up what little it may, after the host was killed${unlimited}`,
      async () => {
        const left = await onHost(lane, async (host) => {
          const held = await hold(host, { hostile: "starve-init", cpus: 0.03 });
          host.child.kill("SIGKILL");
          return leftOf(held);
        });
        expect(left).toEqual([]);
      },
    );

    test("after the launchers were killed, and the sandboxes are told to have crashed", async () => {
      const seen = await onHost(lane, async (host) => {
        const held = await hold(host);
        for (const launcher of held.launchers) process.kill(launcher, "SIGKILL");
        const ends = await host.evaluate(({ kept }) => Promise.all(kept.map(({ closed }) => closed)));
        return { ends, left: await leftOf(held) };
      });
      expect(seen.ends).toEqual([
        expect.objectContaining({ reason: "crashed" }),
        expect.objectContaining({ reason: "crashed" }),
      ]);
      expect(seen.left).toEqual([]);
    });

    test("after PID 1 was killed", async () => {
      const seen = await onHost(lane, async (host) => {
        const held = await hold(host);
        const [end] = await host.evaluate(({ kept }) => {
          for (const { pid } of kept) process.kill(pid, "SIGKILL");
          return Promise.all(kept.map(({ closed }) => closed));
        });
        return { end, left: await leftOf(held) };
      });
      expect(seen).toMatchObject({ end: { reason: "crashed" }, left: [] });
    });

    test("after fifty sandboxes: no process, group, mount or descriptor", async () => {
      const seen = await onHost(lane, async (host) => {
        const cycles = (count: number) =>
          host.evaluate(
            async ({ withSandbox, output, fs }, count, directory) => {
              const mounts = [{ source: directory, target: "/workspace", access: "rw" }] as const;
              const ids: string[] = [];
              const one = (index: number) =>
                withSandbox({ mounts }, async (sandbox) => {
                  ids.push(sandbox.id);
                  if (index % 2 === 0) await output(sandbox, "sleep 40 > /dev/null 2>&1 & echo x");
                });
              for (let i = 0; i < count; i += 5) await Promise.all([0, 1, 2, 3, 4].map(one));
              return { ids, fds: fs.readdirSync("/proc/self/fd").length };
            },
            count,
            host.directory,
          );
        const first = await cycles(5);
        const mountsBefore = mountsBeside(host);
        const second = await cycles(50);
        return {
          descriptors: second.fds - first.fds,
          groups: [...first.ids, ...second.ids].flatMap(cgroupsWith),
          mounts: mountsBeside(host).filter((line) => !mountsBefore.includes(line)),
          children: launchersOf(host.pid),
        };
      });
      expect(seen).toEqual({ descriptors: 0, groups: [], mounts: [], children: [] });
    });

    test("and ^C at the host's terminal does not end a sandbox that the host keeps", async () => {
      const seen = await onHost(lane, async (host) => {
        await host.evaluate(() => {
          process.on("SIGINT", () => {});
        });
        const held = await hold(host);
        const group = Number(readFileSync(`/proc/${host.pid}/stat`, "utf8").split(") ")[1]?.split(" ")[2]);
        // What a terminal does: to every process of the group. The tests' own runner is in it, so one by one.
        const members = readdirSync("/proc")
          .filter((pid) => /^\d+$/.test(pid) && groupOf(pid) === group)
          .map(Number);
        const ours = members.filter((pid) => [host.pid, ...launchersOf(host.pid)].includes(pid));
        for (const pid of ours) process.kill(pid, "SIGINT");
        const echo = await host.evaluate(({ kept: [sandbox], output }) => {
          return sandbox === undefined ? "" : output(sandbox, "echo on");
        });
        return { echo, ours, running: held.pids.every(isRunning), launchers: held.launchers };
      });
      expect(seen).toMatchObject({ echo: "on", running: true });
      expect(seen.ours.length).toBe(1); // the host alone: what it starts is in sessions of its own
    });
  });

function groupOf(pid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[2]);
  } catch {
    return -1;
  }
}
