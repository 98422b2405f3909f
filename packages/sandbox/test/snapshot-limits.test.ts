import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lackOfOwners, lanes, useHost } from "./support/as-user.ts";
import { patience } from "./support/this-machine.ts";

const python = spawnSync("/usr/bin/python3", ["-c", "import os; os.setxattr"]).status === 0;

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`limits of snapshots, ${lane.title}`, () => {
    const at = useHost(lane);
    let made = 0;
    const places = () => {
      const directory = join(at.host.directory, `${made++}`);
      return { source: join(directory, "source"), store: join(directory, "store") };
    };

    // Once is enough: what it takes is the disk's.
    const directories = lane === lanes[0] && patience === 1 ? 100 : 10;
    test(`are none for ${directories * 100} files`, async () => {
      const seen = await at.evaluate(
        async ({ fs, create, output, library }, { source, store }, directories) => {
          for (let d = 0; d < directories; d++) {
            fs.mkdirSync(`${source}/${d}`, { recursive: true });
            for (let f = 0; f < 100; f++) fs.writeFileSync(`${source}/${d}/${f}`, `${d}/${f}`);
          }
          const snapshots = { directory: store };
          const sandbox = await create({
            mounts: [{ source, target: "/workspace", access: "rw" }],
            snapshots,
          });
          const id = await sandbox.snapshot();
          const branch = await create({ from: id, snapshots });
          const [info] = await library.snapshots.list(snapshots);
          const counted = await output(
            branch,
            "find . -type f | wc -l; cat 9/99; rm -r 5*; find . -type f | wc -l",
          );
          await Promise.all([branch.kill(), sandbox.kill()]);
          await library.snapshots.delete(id, snapshots);
          fs.rmSync(source, { recursive: true });
          return { counted, files: info?.files, bytes: info?.sizeBytes };
        },
        places(),
        directories,
      );
      const files = directories * 100;
      const left = files - (directories === 100 ? 1100 : 100);
      const bytes = directories === 100 ? 48_000 : 3900;
      expect(seen).toEqual({ counted: `${files}\n9/99${left}`, files, bytes });
    }, 180_000);

    test("are those of the sandbox that begins with it, in memory and on disk", async () => {
      const seen = await at.evaluate(async ({ fs, create, output }, { source, store }) => {
        fs.mkdirSync(source, { recursive: true });
        const snapshots = { directory: store };
        const sandbox = await create({ mounts: [{ source, target: "/workspace", access: "rw" }], snapshots });
        const empty = await sandbox.snapshot();
        await output(sandbox, "head -c 30000000 /dev/zero > /tmp/much");
        const full = await sandbox.snapshot();
        const small = await create({ from: full, snapshots, limits: { memoryMb: 32 } }).catch(
          (error) => error,
        );
        const branch = await create({ from: empty, snapshots, limits: { diskMb: 4 } });
        const by = (await branch.stats()).diskBy;
        const run = branch.commands.run(
          "for i in $(seq 400); do head -c 200000 /dev/zero > f$i || exit 1; done",
        );
        const ended = await Promise.race([
          branch.closed,
          run.then(({ exitCode }) => ({ reason: `exit ${exitCode}` })),
        ]);
        await Promise.all([branch.kill(), sandbox.kill()]);
        return {
          small: [small.code, small.reason],
          by,
          ended: ended.reason,
          work: fs.readdirSync(`${store}/.work`),
        };
      }, places());
      expect(seen.small).toEqual(["SNAPSHOT", "no-space"]);
      expect(seen.by).toMatch(/watchdog|project quota/);
      expect(["diskMb", "exit 1", "exit null"]).toContain(seen.ended);
      expect(seen.work).toEqual([]);
    });

    test("of disk space do not end a sandbox for what is put back", async () => {
      const state = await at.evaluate(async ({ fs, create, output }, { source, store }) => {
        fs.mkdirSync(source, { recursive: true });
        fs.writeFileSync(`${source}/large`, Buffer.alloc(12_000_000, 1));
        const snapshots = { directory: store };
        const mounts = [{ source, target: "/workspace", access: "rw" as const }];
        const sandbox = await create({ mounts, snapshots, limits: { diskMb: 4 } });
        const id = await sandbox.snapshot();
        await output(sandbox, "echo small > small");
        for (let i = 0; i < 3; i++) await sandbox.restore(id);
        const listed = await output(sandbox, "ls; stat -c %s large");
        await sandbox.kill();
        return listed;
      }, places());
      expect(state).toBe("large\n12000000");
    });

    test("are what may be read: nothing is left out silently", async () => {
      const { source, store } = places();
      const seen = await at.evaluate(
        async ({ fs, create, kept }, source, store) => {
          fs.mkdirSync(source, { recursive: true });
          fs.writeFileSync(`${source}/own`, "own", { mode: 0 });
          const sandbox = await create({
            mounts: [{ source, target: "/workspace", access: "rw" }],
            snapshots: { directory: store },
          });
          kept.push(sandbox);
          return (await sandbox.snapshot()).length;
        },
        source,
        store,
      );
      expect(seen).toBe(36);
      if (lackOfOwners(lane) === "") writeFileSync(join(source, "of another"), "secret", { mode: 0o600 });
      const other = await at.evaluate(async ({ fs, kept }, store) => {
        const sandbox = kept.pop();
        const reason = await sandbox?.snapshot().then(
          () => "kept",
          (error) => error.reason,
        );
        await sandbox?.kill();
        return { reason, work: fs.readdirSync(`${store}/.work`) };
      }, store);
      const may = lane.kind === "root" || lane.kind === "self";
      expect(other).toEqual({ reason: may ? "kept" : "unreadable", work: [] });
    });

    test("are a store that is nobody else's, and manifests that are whole", async () => {
      const seen = await at.evaluate(async ({ fs, create, library }, { source, store }) => {
        fs.mkdirSync(source, { recursive: true });
        const reason = (promise: Promise<unknown>) => promise.then(String, (error) => error.reason);
        const mounts = [{ source, target: "/workspace", access: "rw" as const }];
        const make = async (directory: string) => {
          const sandbox = await create({ mounts, snapshots: { directory } });
          const result = await reason(sandbox.snapshot());
          await sandbox.kill();
          return result;
        };
        const inMount = await make(`${source}/store`);
        fs.mkdirSync(store, { mode: 0o755 });
        const open = await make(store);
        fs.chmodSync(store, 0o700);
        const snapshots = { directory: store };
        const [one, two] = [await make(store), await make(store)];
        fs.writeFileSync(`${store}/${one}/manifest.json`, "{ no");
        const text = fs.readFileSync(`${store}/${two}/manifest.json`, "utf8");
        fs.writeFileSync(`${store}/${two}/manifest.json`, text.replace('"version": 1', '"version": 2'));
        const used = [
          await reason(create({ from: one, snapshots })),
          await reason(create({ from: two, snapshots })),
        ];
        const listed = await library.snapshots.list(snapshots);
        const damaged = listed.map((each) => /damaged|another version/.exec(each.damaged ?? "")?.[0]).sort();
        const left = fs.readdirSync(store).length;
        for (const { id } of listed) await library.snapshots.delete(id, snapshots);
        return { inMount, open, used, damaged, left, after: fs.readdirSync(store) };
      }, places());
      expect(seen).toEqual({
        inMount: "store",
        open: "store",
        used: ["damaged", "version"],
        damaged: ["another version", "damaged"],
        left: 3,
        after: [".work"],
      });
    });

    test.skipIf(lane.enforce === "best-effort")(
      `leave a paused sandbox paused, and take no restore then${lane.enforce === "best-effort" ? " (skipped: no cgroup to pause by)" : ""}`,
      async () => {
        const seen = await at.evaluate(async ({ fs, create, codeOf, output }, { source, store }) => {
          fs.mkdirSync(source, { recursive: true });
          const mounts = [{ source, target: "/workspace", access: "rw" as const }];
          const sandbox = await create({ mounts, snapshots: { directory: store } });
          await output(sandbox, "echo kept > file");
          await sandbox.pause();
          const id = await sandbox.snapshot();
          const [state, refused] = [sandbox.state, await codeOf(sandbox.restore(id))];
          await sandbox.resume();
          await sandbox.restore(id);
          const text = await output(sandbox, "cat file");
          const frozen = JSON.parse(fs.readFileSync(`${store}/${id}/manifest.json`, "utf8")).frozen;
          await sandbox.kill();
          return { state, refused, text, frozen };
        }, places());
        expect(seen).toEqual({ state: "paused", refused: "SANDBOX_PAUSED", text: "kept", frozen: true });
      },
    );

    test.skipIf(!python)(
      `are not on attributes${python ? "" : " (skipped: no /usr/bin/python3)"}`,
      async () => {
        const seen = await at.evaluate(async ({ fs, create, output }, { source, store }) => {
          fs.mkdirSync(source, { recursive: true });
          fs.writeFileSync(`${source}/file`, "");
          const snapshots = { directory: store };
          const sandbox = await create({
            mounts: [{ source, target: "/workspace", access: "rw" }],
            snapshots,
          });
          const run = (who: typeof sandbox, script: string) =>
            output(who, ["/usr/bin/python3", "-c", `import os; ${script}`]);
          await run(
            sandbox,
            "[os.setxattr(p, n, b'v' * 200) for p in ('.', 'file') for n in ('user.one', 'user.two')]",
          );
          const branch = await create({ from: await sandbox.snapshot(), snapshots });
          const text = await run(
            branch,
            "print([(sorted(os.listxattr(p)), len(os.getxattr(p, 'user.two'))) for p in ('file',)])",
          );
          await Promise.all([branch.kill(), sandbox.kill()]);
          return text;
        }, places());
        expect(seen).toBe("[(['user.one', 'user.two'], 200)]");
      },
    );
  });
