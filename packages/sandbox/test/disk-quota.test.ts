import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, onTestFinished, test } from "vitest";
import { diskMechanism } from "../src/disk/disk-mechanism.ts";
import { lanes, startHost, useHost } from "./support/as-user.ts";
import { makeCopy } from "./support/library-copy.ts";
import { isRunning, statusOf } from "./support/traces.ts";

const root = lanes.find(({ kind }) => kind === "root");
const { by, detail } = diskMechanism(tmpdir());
const why = root?.skipped ?? (by === "project quota" ? undefined : `for temporary files, ${detail}`);

describe.skipIf(why !== undefined)(`a project quota${why === undefined ? "" : ` (skipped: ${why})`}`, () => {
  if (root === undefined || why !== undefined) return void test("holds the limit", () => {});
  const at = useHost(root);
  const directory = () => at.host.directory;

  /** What may be written to a source, in a sandbox with a limit or without one. */
  const written = (source: string, limits: { diskMb?: number }, mb = 40) =>
    at.evaluate(
      async ({ withSandbox }, source, limits, mb) => {
        const mounts = [{ source, target: "/workspace", access: "rw" }] as const;
        return withSandbox({ mounts, limits }, async (sandbox) => {
          const fill = await sandbox.commands.run([
            "/opt/probe",
            "disk",
            "plain",
            "/workspace",
            String(mb),
            "0",
          ]);
          const after = await sandbox.commands.run("rm -f /workspace/file-*; ls /workspace");
          return { text: fill.stdout, by: (await sandbox.stats()).diskBy, after: after.stdout };
        });
      },
      source,
      limits,
      mb,
    );

  /** A new directory with 20 MB in it already, short files, and a link. */
  const source = () =>
    at.evaluate(({ fs }, parent) => {
      const made = fs.mkdtempSync(`${parent}/quota-`);
      fs.mkdirSync(`${made}/below`);
      fs.writeFileSync(`${made}/below/old`, new Uint8Array(20 * 2 ** 20));
      for (const name of ["1", "2", "3", "4"]) fs.writeFileSync(`${made}/below/${name}`, "short");
      fs.symlinkSync("below/old", `${made}/link`);
      return made;
    }, directory());

  /** A file of the host's may be moved there: the directory belongs to no project. */
  const takesFiles = (into: string) =>
    at.evaluate(
      ({ fs }, parent, into) => {
        fs.writeFileSync(`${parent}/moved`, "");
        try {
          fs.renameSync(`${parent}/moved`, `${into}/moved`);
          return "yes";
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
      },
      directory(),
      into,
    );

  test("refuses what is added beyond the limit, beside what is there, and nothing else of the disk", async () => {
    const tree = await source();
    expect(await written(tree, { diskMb: 16 })).toMatchObject({
      by: "project quota",
      text: expect.stringMatching(/file-1\d: Disk quota exceeded/),
      after: expect.stringMatching(/below/),
    });
    expect(await written(tree, { diskMb: 64 })).toMatchObject({ text: "filled\n" });
  });

  test("counts what is added to files that were there", async () => {
    const tree = await source();
    const grow = (limits: { diskMb?: number }) =>
      at.evaluate(
        async ({ withSandbox }, source, limits) => {
          const mounts = [{ source, target: "/workspace", access: "rw" }] as const;
          return withSandbox({ mounts, limits }, async (sandbox) => {
            const run = await sandbox.commands.run(
              "for each in below/[1-4]; do head -c 3000000 /dev/zero >> $each || exit; done",
            );
            return run.stderr;
          });
        },
        tree,
        limits,
      );
    expect(await grow({ diskMb: 8 })).toMatch(/quota exceeded/);
    expect(await grow({})).toBe("");
  });

  test("is there while the sandbox lives, and gone with it: no project, no limit", async () => {
    const tree = await source();
    const during = await at.evaluate(async ({ create, kept }, source) => {
      const mounts = [{ source, target: "/workspace", access: "rw" }] as const;
      const held = await create({ mounts, limits: { diskMb: 16 } });
      kept.push(held);
      return (await held.stats()).diskBy;
    }, tree);
    expect(during).toBe("project quota");
    expect(await takesFiles(tree)).toBe("EXDEV");
    await at.evaluate(({ kept }) => kept.at(-1)?.kill());
    expect(await takesFiles(tree)).toBe("yes");
    expect(await takesFiles(`${tree}/below`)).toBe("yes");
    expect(await written(tree, {}, 60)).toMatchObject({ by: undefined, text: "filled\n" });
  });

  test("is one sandbox's: another of the same tree has a watchdog", async () => {
    const tree = await source();
    const seen = await at.evaluate(async ({ withSandbox }, source) => {
      const mounts = [{ source, target: "/workspace", access: "rw" }] as const;
      const limits = { diskMb: 16 };
      return withSandbox({ mounts, limits }, (first) =>
        withSandbox({ mounts, limits }, async (second) => [
          (await first.stats()).diskBy,
          (await second.stats()).diskBy,
        ]),
      );
    }, tree);
    expect(seen).toEqual(["project quota", "watchdog"]);
    expect(await takesFiles(tree)).toBe("yes");
  });

  test.each(["host", "launcher"])(
    "is gone, or given up at the next start, when the %s is killed",
    async (victim) => {
      const tree = await source();
      const copy = makeCopy();
      onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
      const host = await startHost(root, copy);
      const init = await host.evaluate(
        async ({ create }, source) =>
          (await create({ mounts: [{ source, target: "/workspace", access: "rw" }], limits: { diskMb: 16 } }))
            .pid,
        tree,
      );
      const launcher = Number(statusOf(init)?.get("PPid"));
      if (victim === "host") host.child.kill("SIGKILL");
      else process.kill(launcher, "SIGKILL");
      await expect.poll(() => isRunning(launcher) || isRunning(init)).toBe(false);
      if (victim === "host") expect(await takesFiles(tree)).toBe("yes");
      await host.stop();
      expect(await written(tree, { diskMb: 16 })).toMatchObject({
        by: "project quota",
        text: expect.stringMatching(/quota/),
      });
      expect(await takesFiles(tree)).toBe("yes");
      expect(await written(tree, {}, 60)).toMatchObject({ text: "filled\n" });
    },
  );
});
