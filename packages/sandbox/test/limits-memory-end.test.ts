import { describe, expect, test } from "vitest";
import { lanes, limitedLanes, useHost } from "./support/as-user.ts";

for (const lane of limitedLanes)
  describe.skipIf(lane.skipped !== undefined)(`what memory that is used up ends, ${lane.title}`, () => {
    const at = useHost(lane);

    test("is the whole sandbox where that was asked for, with its reason; else one process", async () => {
      const seen = await at.evaluate(async ({ withSandbox }) => {
        const bomb = (oomKill: "process" | "sandbox") =>
          withSandbox({ limits: { memoryMb: 64, oomKill } }, async (sandbox) => {
            const neighbour = await sandbox.commands.start(["/opt/probe", "stay", "plain"]);
            const run = await sandbox.commands
              .run(["/opt/probe", "eat", "1000"])
              .catch(({ code }) => ({ code }));
            const after = await sandbox.commands.run("echo on").catch(({ code }) => ({ stdout: code }));
            const end = after.stdout === "on\n" ? "lives" : await sandbox.closed;
            await neighbour.kill();
            return { run, end, after: after.stdout, neighbour: (await neighbour.wait()).signal };
          });
        return { process: await bomb("process"), sandbox: await bomb("sandbox") };
      });
      expect(seen.process).toMatchObject({ end: "lives", after: "on\n", run: { oomKilled: true } });
      expect(seen.sandbox).toMatchObject({ after: "SANDBOX_CLOSED", neighbour: "SIGKILL" });
      expect(seen.sandbox.end).toMatchObject({
        reason: "memoryMb",
        detail: expect.stringMatching(/oomKill/),
      });
    });

    test("swap is refused where it cannot be counted, else allowed beyond the memory", async () => {
      const seen = await at.evaluate(({ withSandbox, codeOf }) =>
        codeOf(
          withSandbox({ limits: { memoryMb: 64, swapMb: 16 } }, async (sandbox) =>
            sandbox.layers.find(({ name }) => name === "limits"),
          ),
        ),
      );
      if (seen !== "CGROUP_UNAVAILABLE")
        expect(seen).toMatchObject({ applied: true, detail: expect.stringMatching(/16 MB of swap/) });
    });
  });

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`limits that nothing can keep, ${lane.title}`, () => {
    const at = useHost(lane);

    test("are an error, and with best effort they alone are left out, by name", async () => {
      const seen = await at.evaluate(async ({ library, codeOf, withSandbox }) => {
        const limits = { io: [{ path: "/proc", readBps: 1000 }], cpuWeight: 50 };
        return {
          required: await codeOf(library.createSandbox({ limits, enforce: "required" })),
          effort: await withSandbox({ limits, enforce: "best-effort" }, async (sandbox) => ({
            stats: await sandbox.stats(),
            layer: sandbox.layers.find(({ name }) => name === "limits"),
          })),
          kept: await withSandbox({}, async (sandbox) => (await sandbox.stats()).unenforced),
        };
      });
      expect(seen.required).toBe("CGROUP_UNAVAILABLE");
      expect(seen.effort.stats.unenforced).toContain("io");
      expect(seen.effort.layer).toMatchObject({ applied: false });
      if (lane.kind === "root") expect(seen.effort.stats.unenforced).toEqual(["io"]);
      if (lane.enforce === "required") expect(seen.effort.stats.limitsBy).toMatch(/^cgroup/);
      expect(seen.kept).toEqual(lane.enforce === "required" ? [] : [expect.stringMatching(/^memoryMb/)]);
    });
  });
