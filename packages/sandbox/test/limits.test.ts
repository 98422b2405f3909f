import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { lanes, limitedLanes, useHost } from "./support/as-user.ts";

for (const lane of limitedLanes)
  describe.skipIf(lane.skipped !== undefined)(`limits by control groups, ${lane.title}`, () => {
    const at = useHost(lane);

    test("hold what forks without end, while the sandbox and the host go on", async () => {
      const seen = await at.evaluate(({ withSandbox, output, outside }) =>
        withSandbox({ limits: { pids: 20 } }, async (sandbox) => ({
          inside: JSON.parse(await output(sandbox, ["/opt/probe", "forks", "500"])),
          after: await output(sandbox, "echo on"),
          pids: (await sandbox.stats()).pids,
          outside: JSON.parse(outside("forks", "100")),
        })),
      );
      expect(seen.inside.errno).toBe(constants.errno.EAGAIN);
      expect(seen.inside.made).toBeGreaterThan(10);
      expect(seen.inside.made).toBeLessThan(20);
      expect(seen).toMatchObject({ after: "on", outside: { made: 100, errno: 0 } });
    });

    test("kill what eats memory, tell so, and leave the sandbox and the host alone", async () => {
      const seen = await at.evaluate(({ withSandbox, outside }) =>
        withSandbox({ limits: { memoryMb: 64 } }, async (sandbox) => {
          const neighbour = await sandbox.commands.start(["/opt/probe", "stay", "plain"]);
          const bomb = await sandbox.commands.run(["/opt/probe", "eat", "1000"]);
          const within = await sandbox.commands.run(["/opt/probe", "eat", "30"]);
          const failing = await sandbox.commands.run("exit 1");
          await neighbour.kill();
          return {
            bomb,
            within,
            failing,
            neighbour: await neighbour.wait(),
            stats: await sandbox.stats(),
            outside: outside("eat", "100"),
          };
        }),
      );
      expect(seen.bomb).toMatchObject({
        exitCode: null,
        signal: "SIGKILL",
        oomKilled: true,
        timedOut: false,
      });
      expect(seen.within).toMatchObject({ exitCode: 0, stdout: "ate 30\n", oomKilled: false });
      expect(seen.failing).toMatchObject({ exitCode: 1, oomKilled: false });
      expect(seen.neighbour).toMatchObject({ signal: "SIGKILL" });
      expect(seen.stats).toMatchObject({ oomKills: 1, unenforced: [] });
      expect(seen.stats.memoryPeakMb).toBeLessThanOrEqual(65);
      expect(seen.outside).toBe("ate 100");
    });

    test("count what is written to /tmp and to shared memory", async () => {
      const seen = await at.evaluate(({ withSandbox }) =>
        withSandbox({ limits: { memoryMb: 32 } }, async (sandbox) => {
          const full = await sandbox.commands.run("head -c 100000000 /dev/zero > /tmp/file");
          const more = await sandbox.commands.run("head -c 100000000 /dev/zero > /dev/shm/file");
          return {
            full: full.stderr,
            peak: (await sandbox.stats()).memoryPeakMb,
            more: more.oomKilled || more.exitCode !== 0,
            end: await Promise.race([sandbox.closed, "lives"]),
          };
        }),
      );
      expect(seen.full).toMatch(/No space left/);
      expect(seen.peak).toBeLessThanOrEqual(33);
      expect(seen.more).toBe(true);
    });

    test("too small for the sandbox itself are an error, and leave nothing", async () => {
      const code = await at.evaluate(async ({ library, codeOf }) => {
        const sandbox = library.createSandbox({ limits: { memoryMb: 4, pids: 2 } });
        const code = await codeOf(sandbox.then(() => "made"));
        if (code === "made") await (await sandbox).kill();
        return code;
      });
      expect(["made", "SANDBOX_START"]).toContain(code);
    });
  });

for (const lane of lanes.filter(({ enforce }) => enforce === "best-effort"))
  describe.skipIf(lane.skipped !== undefined)(`limits without a control group, ${lane.title}`, () => {
    const at = useHost(lane);

    test("are refused unless best effort is asked for, which then names what is not held", async () => {
      const seen = await at.evaluate(async ({ library, codeOf, withSandbox }) => ({
        required: await codeOf(library.createSandbox()),
        unenforced: await withSandbox(
          { limits: { cpus: 1 } },
          async (sandbox) => (await sandbox.stats()).unenforced,
        ),
        layer: await withSandbox({}, async (sandbox) => sandbox.layers.find(({ name }) => name === "limits")),
      }));
      expect(seen.required).toBe("CGROUP_UNAVAILABLE");
      expect(seen.unenforced).toEqual([expect.stringMatching(/^memoryMb/), "cpus"]);
      expect(seen.layer).toMatchObject({ applied: false, detail: expect.stringMatching(/rlimits/) });
    });

    test("hold each process's memory and all processes' number", async () => {
      const seen = await at.evaluate(({ withSandbox, output, outside }) =>
        withSandbox({ limits: { pids: 20, memoryMb: 64 } }, async (sandbox) => ({
          forks: JSON.parse(await output(sandbox, ["/opt/probe", "forks", "500"])),
          eat: (await sandbox.commands.run(["/opt/probe", "eat", "900"])).exitCode,
          outside: [JSON.parse(outside("forks", "100")).made, outside("eat", "100")],
        })),
      );
      expect(seen.forks).toMatchObject({ errno: constants.errno.EAGAIN });
      expect(seen.forks.made).toBeLessThan(20);
      expect(seen.eat).toBe(3);
      expect(seen.outside).toEqual([100, "ate 100"]);
    });
  });

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`the default limits, ${lane.title}`, () => {
    const at = useHost(lane);

    test("are enough for Node", async () => {
      const run = await at.evaluate(({ withSandbox, withNode }) =>
        withSandbox({ mounts: withNode.mounts ?? [] }, (sandbox) =>
          sandbox.commands.run(["/opt/node", "-p", "'up'"]),
        ),
      );
      expect(run).toMatchObject({ exitCode: 0, stdout: "up\n" });
    });
  });
