import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { diskMechanism } from "../src/disk/disk-mechanism.ts";
import { lanes, useHost } from "./support/as-user.ts";

/** Well beyond the limit, and no more than a machine can spare. */
const attemptMb = 300;
const limitMb = 24;
/** A watchdog is late by what is written between two of its looks; far less than all of the attempt. */
const lateMb = 150;

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`a limit of disk space, ${lane.title}`, () => {
    const at = useHost(lane);
    const { by } = diskMechanism(tmpdir(), { isRoot: lane.kind === "root" });

    /** Fills the mount in a way of test/support/probe-disk.c, and tells how far that came. */
    const fill = (how: string, options: { diskMb?: number; count?: number; enough?: number } = {}) =>
      at.evaluate(
        async ({ withSandbox, fs, until }, parent, how, { diskMb, count, enough }) => {
          const directory = fs.mkdtempSync(`${parent}/fill-`);
          const mounts = [{ source: directory, target: "/workspace", access: "rw" }] as const;
          const seen = await withSandbox(
            { mounts, limits: diskMb === undefined ? {} : { diskMb } },
            async (sandbox) => {
              const seconds = diskMb === undefined ? "0" : "30";
              const command = ["/opt/probe", "disk", how, "/workspace", String(count), seconds];
              const handle = await sandbox.commands.start(command);
              let written = 0;
              let text = "";
              handle.stdout.setEncoding("utf8").on("data", (chunk) => (text += chunk));
              handle.stderr.on("data", (dots) => (written += dots.length));
              let over = false;
              void handle.wait().then(() => (over = true));
              await until(() => over || (enough !== undefined && text.includes("filled")));
              const lives = enough !== undefined && !over;
              if (lives) await handle.kill();
              return {
                text,
                written,
                diskBy: (await sandbox.stats()).diskBy,
                end:
                  enough === undefined && (await sandbox.stats()).diskBy === "watchdog"
                    ? await sandbox.closed
                    : undefined,
                lives,
              };
            },
          );
          fs.chmodSync(directory, 0o755);
          return seen;
        },
        at.host.directory,
        how,
        { count: attemptMb, ...options },
      );

    /** A quota refuses what is too much; a watchdog ends the sandbox for it. */
    const expectStopped = ({ diskBy, end, text, written }: Awaited<ReturnType<typeof fill>>) => {
      expect(diskBy).toBe(by);
      if (by === "watchdog") expect(end).toMatchObject({ reason: "diskMb" });
      else expect(text).toMatch(/Disk quota exceeded/);
      expect(written).toBeLessThan(limitMb + (by === "watchdog" ? lateMb : 8));
    };

    test("stops a sandbox that fills it with files; without a limit the same files are written", async () => {
      const limited = await fill("plain", { diskMb: limitMb });
      expectStopped(limited);
      if (by === "watchdog") expect(limited.end?.detail).toMatch(/more than 24 MB.*limits\.diskMb/);
      expect(await fill("plain")).toMatchObject({ text: "filled\n", written: attemptMb, end: undefined });
    });

    test.each(["open", "mapped", "queued"])(
      "counts files that have no name any more and are %s",
      async (how) => {
        expectStopped(await fill(how, { diskMb: limitMb }));
      },
    );

    test.each(["deep", "closed"])("counts what lies in directories that are %s", async (how) => {
      expectStopped(await fill(how, { diskMb: limitMb }));
    });

    // A link takes no more of a quota than its name does in its directory.
    test.each(by === "watchdog" ? ["names", "links"] : ["names"])(
      "bounds how many %s there are",
      async (how) => {
        expectStopped(await fill(how, { diskMb: 4, count: 60_000 }));
        expect(await fill(how, { diskMb: 4, count: 900, enough: 1 })).toMatchObject({ lives: true });
      },
    );

    test("leaves a sandbox alone that stays within it", async () => {
      const { text, lives } = await fill("plain", { diskMb: 64, count: 48, enough: 1 });
      expect({ text, lives }).toEqual({ text: "filled\n", lives: true });
    });
  });
