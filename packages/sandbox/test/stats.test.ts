import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

const mb = 2 ** 20;

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`figures of a sandbox, ${lane.title}`, () => {
    const at = useHost(lane);

    test("count files in memory and in writable mounts", async () => {
      const seen = await at.evaluate(
        ({ withSandbox, output, until }, source, mb) => {
          const mounts = [{ source, target: "/workspace", access: "rw" }] as const;
          return withSandbox({ mounts, limits: { diskMb: 64 } }, async (sandbox) => {
            const before = (await sandbox.stats()).disk;
            await output(
              sandbox,
              "head -c 3145728 /dev/zero > /tmp/a; head -c 2097152 /dev/zero > /workspace/b; touch ~/c",
            );
            const after = (await sandbox.stats()).disk;
            // A watchdog counts when it has cause to.
            const counted = await until(
              async () => ((await sandbox.stats()).disk.inMounts?.bytes ?? 0) >= 2 * mb,
            );
            return { before, after, counted, files: (await sandbox.stats()).disk.inMounts?.files };
          });
        },
        at.host.directory,
        mb,
      );
      expect(seen.before).toEqual({
        inMemory: { bytes: 0, files: 0 },
        inMounts: { bytes: 0, files: 0 },
      });
      expect(seen.after.inMemory).toEqual({ bytes: 3 * mb, files: 2 });
      expect(seen).toMatchObject({ counted: true, files: 1 });
      rmSync(`${at.host.directory}/b`, { force: true });
    });

    test("count what its interfaces carry, and nothing of mounts that nobody limits", async () => {
      const seen = await at.evaluate(({ withSandbox }) =>
        withSandbox({}, async (sandbox) => {
          const before = await sandbox.stats();
          const socket = await sandbox.ports.connect(9).catch(() => undefined);
          socket?.destroy();
          return { before, after: await sandbox.stats() };
        }),
      );
      expect(seen.before.network).toEqual([expect.objectContaining({ name: "lo", receivedPackets: 0 })]);
      // A connection that is refused takes a packet and its answer.
      expect(seen.after.network?.[0]?.receivedPackets).toBeGreaterThan(0);
      expect(seen.before.disk.inMounts).toBeUndefined();
      expect(seen.after.uptimeMs).toBeGreaterThan(seen.before.uptimeMs);
    });

    test("are there while it is paused, and after its end without what is there no more", async () => {
      const seen = await at.evaluate(async ({ create, output }) => {
        const sandbox = await create();
        await output(sandbox, "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done; echo > /tmp/a");
        await sandbox.pause().catch(() => {});
        const living = await sandbox.stats();
        await sandbox.kill();
        const ended = [await sandbox.stats(), await sandbox.stats()];
        const other = await create();
        await other.kill();
        return { living, ended, never: await other.stats() };
      });
      const { memoryMb, pids, disk, ...kept } = seen.living;
      const gone = { memoryMb: undefined, pids: undefined, disk: { ...disk, inMemory: undefined } };
      expect(disk.inMemory?.files).toBe(1);
      if (lane.enforce === "required") expect([memoryMb, pids]).toEqual([expect.any(Number), 1]);
      if (lane.kind === "root") expect(kept.cpuMs).toBeGreaterThan(0);
      const { uptimeMs, ...same } = kept;
      for (const ended of seen.ended) {
        expect(ended).toMatchObject({ ...same, ...gone });
        expect(ended.uptimeMs).toBeGreaterThanOrEqual(uptimeMs);
      }
      expect(seen.never).toMatchObject({ memoryPeakMb: undefined, network: undefined });
    });
  });
