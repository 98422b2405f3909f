import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { lanes, startHost, useHost } from "./support/as-user.ts";
import { makeCopy } from "./support/library-copy.ts";

const privately = ["unshare", "--mount", "--propagation", "private"] as const;
/** Not those of another run of these tests. */
const first = 1_900_000_000 + (process.pid % 100_000) * 1000;

const lack = spawnSync(privately[0], ["--version"]).error === undefined ? "" : " (skipped: no unshare)";

for (const lane of lanes.filter(({ kind }) => kind === "root"))
  describe.skipIf(lane.skipped !== undefined || lack !== "")(`a range of ids, ${lane.title}${lack}`, () => {
    const at = useHost(lane, { wrapper: privately });

    test("gives each living sandbox of all hosts its own, and is used up at last", async () => {
      const range = { first, count: 3 };
      const copy = makeCopy();
      onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
      const other = await startHost(lane, copy);
      try {
        const pair = (host: Pick<typeof other, "evaluate">) =>
          host.evaluate(async ({ create, fs }, ids) => {
            const kept = await create({ ids });
            return fs
              .readFileSync(`/proc/${kept.pid}/status`, "utf8")
              .match(/[UG]id:\s+\d+/g)
              ?.map((id) => Number(id.slice(5)));
          }, range);
        const seen = [await pair(other), await pair(at), await pair(other)];
        expect([...seen].sort()).toEqual([0, 1, 2].map((n) => [first + n, first + n]));
        const refused = await at.evaluate(
          ({ create, codeOf, library }, ids) =>
            create({ ids }).catch((error) =>
              error instanceof library.SandboxStartError ? error.step : codeOf(error),
            ),
          range,
        );
        expect(refused).toBe("ids used up");
        // The host is killed, and with it every launcher of its own: the kernel frees what they held.
        other.child.kill("SIGKILL");
        const freed = await at.evaluate(async ({ create, until }, ids) => {
          let made: Awaited<ReturnType<typeof create>> | undefined;
          await until(async () => {
            made = await create({ ids }).catch(() => undefined);
            return made;
          });
          await made?.kill();
          return made !== undefined;
        }, range);
        expect(freed).toBe(true);
      } finally {
        await other.stop();
      }
    });

    test("shows the files of a mount as the sandbox's, and lets them be their owner's", async () => {
      const seen = await at.evaluate(
        ({ withSandbox, output, fs }, directory, ids) =>
          withSandbox(
            { ids, mounts: [{ source: directory, target: "/workspace", access: "rw" }] },
            async (sandbox) => ({
              inside: await output(sandbox, "echo x > made; stat -c %u made; id -u"),
              outside: fs.statSync(`${directory}/made`).uid,
            }),
          ),
        at.host.directory,
        { first: first + 10, count: 1 },
      );
      expect(seen).toEqual({ inside: "1000\n1000", outside: 0 });
    });

    test("of one id is that of a tree which was given to it, where files cannot be shown under others", async () => {
      const seen = await at.evaluate(
        async ({ withSandbox, output, fs, spawn, once, create, library }, directory, ids) => {
          const source = fs.mkdtempSync(`${directory}/ramfs-`);
          await once(spawn("mount", ["-t", "ramfs", "none", source]), "close");
          const options = { ids, mounts: [{ source, target: "/workspace", access: "rw" }] } as const;
          const refused = await create(options).catch((error) =>
            error instanceof library.SandboxStartError ? `${error.step}: ${error.message}` : String(error),
          );
          fs.chownSync(source, ids.first, ids.first);
          const given = await withSandbox(options, (sandbox) =>
            output(sandbox, "echo x > made; stat -c %u made"),
          );
          return { refused, given, outside: fs.statSync(`${source}/made`).uid };
        },
        at.host.directory,
        { first: first + 20, count: 1 },
      );
      expect(seen.refused).toMatch(/^mount id map: .*chown -R/);
      expect(seen).toMatchObject({ given: "1000", outside: first + 20 });
    });
  });
