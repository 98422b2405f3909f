import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { diskMechanism } from "../src/disk/disk-mechanism.ts";
import { limitedLanes } from "./support/as-user.ts";
import { hold, leftOf, useHosts } from "./support/held-sandboxes.ts";
import { cgroupsWith, isRunning } from "./support/traces.ts";

const onHost = useHosts();

for (const lane of limitedLanes)
  describe.skipIf(lane.skipped !== undefined)(`a paused sandbox leaves nothing, ${lane.title}`, () => {
    test("when it is killed", async () => {
      const seen = await onHost(lane, async (host) => {
        const held = await hold(host);
        const ends = await host.evaluate(async ({ kept }) => {
          await Promise.all(kept.map((sandbox) => sandbox.pause()));
          // The second one while it is being paused again.
          void kept[1]
            ?.resume()
            .then(() => kept[1]?.pause())
            .catch(() => {}); // prettier-ignore
          await Promise.all(kept.map((sandbox) => sandbox.kill()));
          return Promise.all(kept.map(({ closed }) => closed));
        });
        return { reasons: ends.map(({ reason }) => reason), left: await leftOf(held) };
      });
      expect(seen).toEqual({ reasons: ["killed", "killed"], left: [] });
    });

    test("when its host is killed", async () => {
      const left = await onHost(lane, async (host) => {
        const held = await hold(host);
        await host.evaluate(({ kept }) => Promise.all(kept.map((sandbox) => sandbox.pause())));
        expect(held.pids.every(isRunning)).toBe(true);
        host.child.kill("SIGKILL");
        return leftOf(held);
      });
      expect(left).toEqual([]);
    });

    const { by } = diskMechanism(tmpdir(), { isRoot: lane.kind === "root" });
    const watched = by === "watchdog" ? "" : " (skipped: a project quota holds the limit here)";
    test.skipIf(watched !== "")(`when its disk space is used up meanwhile${watched}`, async () => {
      const seen = await onHost(lane, (host) =>
        host.evaluate(async ({ create, fs }, source) => {
          const mounts = [{ source, target: "/workspace", access: "rw" }] as const;
          const sandbox = await create({ mounts, limits: { diskMb: 1 } });
          await sandbox.pause();
          fs.writeFileSync(`${source}/file`, Buffer.alloc(2 ** 24)); // as the host's own writing into it may
          return { end: await sandbox.closed, state: sandbox.state };
        }, host.directory),
      );
      expect(seen).toMatchObject({ end: { reason: "diskMb" }, state: "ended" });
    });

    test("when its launcher is killed", async () => {
      const seen = await onHost(lane, async (host) => {
        const held = await hold(host);
        await host.evaluate(({ kept }) => Promise.all(kept.map((sandbox) => sandbox.pause())));
        for (const launcher of held.launchers) process.kill(launcher, "SIGKILL");
        const ends = await host.evaluate(({ kept }) => Promise.all(kept.map(({ closed }) => closed)));
        return { reasons: ends.map(({ reason }) => reason), left: await leftOf(held) };
      });
      expect(seen).toEqual({ reasons: ["crashed", "crashed"], left: [] });
    });

    const sweeps = lane.kind === "root" ? "" : " (skipped: each host has a group of its own here)";
    test.skipIf(sweeps !== "")(
      `when its host and its launcher are killed at once, once another host begins${sweeps}`,
      async () => {
        const seen = await onHost(lane, async (host) => {
          const held = await hold(host);
          await host.evaluate(({ kept }) => Promise.all(kept.map((sandbox) => sandbox.pause())));
          host.child.kill("SIGSTOP"); // it cannot clean up after its launchers
          for (const launcher of held.launchers) process.kill(launcher, "SIGKILL");
          host.child.kill("SIGKILL");
          const groups = held.ids.flatMap(cgroupsWith).length;
          await onHost(lane, (other) => other.evaluate(({ withSandbox }) => withSandbox({}, async () => {})));
          return { groups: groups > 0, left: await leftOf(held) };
        });
        expect(seen).toEqual({ groups: true, left: [] });
      },
    );
  });
