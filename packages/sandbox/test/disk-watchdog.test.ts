import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, onTestFinished, test } from "vitest";
import { diskMechanism } from "../src/disk/disk-mechanism.ts";
import { lanes, startHost, useHost } from "./support/as-user.ts";
import { makeCopy } from "./support/library-copy.ts";
import { isRunning, settled, statusOf } from "./support/traces.ts";

/** Of a sandbox: the watchdog is the launcher's other child. */
function processesOf(init: number): { readonly launcher: number; readonly watchdogs: number[] } {
  const launcher = Number(statusOf(init)?.get("PPid"));
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const children = pids.map(Number).filter((pid) => Number(statusOf(pid)?.get("PPid")) === launcher);
  return { launcher, watchdogs: children.filter((pid) => pid !== init) };
}

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`beside the limit of disk space, ${lane.title}`, () => {
    const at = useHost(lane);
    const { by } = diskMechanism(tmpdir(), { isRoot: lane.kind === "root" });
    const watched = by === "watchdog" ? "" : " (skipped: a project quota holds it here)";

    test("no file grows beyond it, in a mount or in memory; without it the same file does", async () => {
      const seen = await at.evaluate(async ({ withSandbox, fs }, parent) => {
        const write = (limits: { diskMb?: number }, place: string) => {
          const mounts = [
            { source: fs.mkdtempSync(`${parent}/one-`), target: "/workspace", access: "rw" },
          ] as const;
          return withSandbox({ mounts, limits }, async (sandbox) => {
            const run = await sandbox.commands.run(
              `head -c 9000000 /dev/zero > ${place}/f; wc -c < ${place}/f`,
            );
            return Number(run.stdout);
          });
        };
        const of = async (limits: { diskMb?: number }) => ({
          mount: await write(limits, "/workspace"),
          memory: await write(limits, "/tmp"),
        });
        return { limited: await of({ diskMb: 8 }), free: await of({}) };
      }, at.host.directory);
      const mb = 2 ** 20;
      expect(seen.limited.mount).toBe(8 * mb);
      expect(seen.limited.memory).toBeGreaterThan(7 * mb); // the root's own files are in there too
      expect(seen.limited.memory).toBeLessThanOrEqual(8 * mb);
      expect(seen.free).toEqual({ mount: 9_000_000, memory: 9_000_000 });
    });

    test("files in memory are as few as pages", async () => {
      const names = (memoryMb: number) =>
        at.evaluate(
          ({ withSandbox }, memoryMb) =>
            withSandbox({ limits: { memoryMb } }, async (sandbox) => {
              const before = (await sandbox.stats()).memoryMb ?? 0;
              const run = await sandbox.commands.run(["/opt/probe", "disk", "names", "/tmp", "20000", "0"]);
              return { text: run.stdout, grownMb: ((await sandbox.stats()).memoryMb ?? 0) - before };
            }),
          memoryMb,
        );
      expect((await names(64)).text).toMatch(/No space left/);
      const { text, grownMb } = await names(512);
      expect(text).toBe("filled\n");
      // The kernel's memory for them counts against the limit where a cgroup holds it.
      if (lane.enforce === "required") expect(grownMb).toBeGreaterThan(10);
    });

    test("others may fill the same disk, and files without blocks may be long", async () => {
      const seen = await at.evaluate(async ({ withSandbox, fs, outside }, parent) => {
        const source = fs.mkdtempSync(`${parent}/idle-`);
        const mounts = [{ source, target: "/workspace", access: "rw" }] as const;
        return withSandbox({ mounts, limits: { diskMb: 16 } }, async (sandbox) => {
          const sparse = await sandbox.commands.run(
            "for i in 1 2 3 4; do truncate -s 15M /workspace/$i; done",
          );
          const other = outside("disk", "plain", fs.mkdtempSync(`${parent}/other-`), "100", "0");
          const after = await sandbox.commands.run("sleep 0.5; echo on");
          return { sparse: sparse.exitCode, other, after: after.stdout, by: (await sandbox.stats()).diskBy };
        });
      }, at.host.directory);
      expect(seen).toEqual({ sparse: 0, other: "filled", after: "on\n", by });
    });

    test.skipIf(watched !== "")(`a sandbox whose watchdog was killed ends${watched}`, async () => {
      const inits = await hold();
      const { watchdogs } = processesOf(inits);
      expect(watchdogs.length).toBe(1);
      process.kill(watchdogs[0] ?? 0, "SIGKILL");
      const end = await at.evaluate(({ kept }) => kept.at(-1)?.closed);
      expect(end).toMatchObject({ reason: "diskMb", detail: expect.stringMatching(/watchdog/) });
    });

    test.skipIf(watched !== "")(
      `the watchdog ends with its launcher, and with a host that was killed${watched}`,
      async () => {
        const first = processesOf(await hold());
        process.kill(first.launcher, "SIGKILL");
        expect(await settled(() => [first.launcher, ...first.watchdogs].filter(isRunning))).toEqual([]);
        const copy = makeCopy();
        onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
        const host = await startHost(lane, copy);
        const second = processesOf(await hold(host));
        expect(second.watchdogs.length).toBe(1);
        host.child.kill("SIGKILL");
        expect(await settled(() => [second.launcher, ...second.watchdogs].filter(isRunning))).toEqual([]);
        await host.stop();
      },
    );

    test.skipIf(watched !== "")(
      `there is no watchdog where nobody asked for a limit, or nothing is writable${watched}`,
      async () => {
        const none = processesOf(await hold(at.host, {}));
        const nothing = processesOf(await hold(at.host, { diskMb: 16 }, "ro"));
        expect([none.watchdogs, nothing.watchdogs]).toEqual([[], []]);
      },
    );

    /** Keeps a sandbox and tells its PID 1. */
    function hold(
      host: Pick<typeof at.host, "evaluate" | "directory"> = at.host,
      limits: { diskMb?: number } = { diskMb: 16 },
      access: "ro" | "rw" = "rw",
    ): Promise<number> {
      return host.evaluate(
        async ({ create, kept }, source, limits, access) => {
          const held = await create({ mounts: [{ source, target: "/workspace", access }], limits });
          kept.push(held);
          return held.pid;
        },
        host.directory,
        limits,
        access,
      );
    }
  });

describe("what holds the limit", () => {
  const mountinfo = (type: string, options: string) =>
    `1 1 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /tmp rw - ${type} /dev/sda2 ${options}`;
  const by = (type: string, options: string, isRoot = true) =>
    diskMechanism("/tmp", { mountinfo: mountinfo(type, options), isRoot });

  test("is a quota where the file system enforces one and the host is root, else a watchdog, with the fix", () => {
    expect(by("ext4", "rw,prjquota")).toMatchObject({ by: "project quota" });
    expect(by("xfs", "rw,noquota")).toMatchObject({
      by: "watchdog",
      fix: expect.stringMatching(/prjquota/),
    });
    expect(by("xfs", "rw,prjquota", false)).toMatchObject({
      by: "watchdog",
      detail: expect.stringMatching(/root/),
    });
    expect(by("btrfs", "rw")).toMatchObject({ by: "watchdog", detail: expect.stringMatching(/btrfs/) });
  });
});
