import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";
import { describeTree, makeHardLinks, makeTree } from "./support/snapshot-trees.ts";

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`snapshots of a sandbox, ${lane.title}`, () => {
    const at = useHost(lane);
    const places = () => {
      const directory = join(at.host.directory, `${Math.random()}`.slice(2));
      return { source: join(directory, "source"), store: join(directory, "store"), directory };
    };

    test.each([
      ["one of everything", makeTree, false],
      ["hard links", makeHardLinks, true],
    ])("begin another with the same tree: %s", async (_, make, linked) => {
      const seen = await at.evaluate(
        async ({ fs, create, output, withNode, library }, { source, store }, make, describe) => {
          fs.mkdirSync(source, { recursive: true });
          const snapshots = { directory: store };
          const mounts = [
            { source, target: "/workspace", access: "rw" as const },
            ...(withNode.mounts ?? []),
          ];
          const first = await create({ mounts, snapshots });
          for (const cwd of ["/workspace", "/tmp", "/home/agent"])
            await first.commands.run(["/opt/node", "-e", make], { cwd, check: true });
          const look = (sandbox: typeof first) =>
            Promise.all(
              ["/workspace", "/tmp", "/home/agent"].map((directory) =>
                output(
                  sandbox,
                  `cd ${directory} && exec /opt/node -e '${describe.replaceAll("'", "'\\''")}'`,
                ),
              ),
            );
          const before = await look(first);
          const id = await first.snapshot({ name: "all" });
          const second = await create({ from: id, snapshots, ...withNode });
          const after = await look(second);
          const [info] = await library.snapshots.list(snapshots);
          await Promise.all([first.kill(), second.kill()]);
          return {
            before: before.map((t) => JSON.parse(t)),
            after: after.map((t) => JSON.parse(t)),
            info,
            id,
          };
        },
        places(),
        make,
        describeTree,
      );
      expect(seen.after).toEqual(seen.before);
      expect(Object.keys(seen.after[0]).length).toBeGreaterThan(linked ? 4 : 15);
      expect(
        Object.values<string>(seen.after[0]).filter((line) => line.includes("|3|./a/b/two")).length,
      ).toBe(linked ? 3 : 0);
      expect(seen.info).toMatchObject({ id: seen.id, name: "all", mounts: ["/workspace"] });
    });

    test("keep branches apart from each other, from the original and from the snapshot", async () => {
      const seen = await at.evaluate(async ({ fs, create, output }, { source, store }) => {
        fs.mkdirSync(source, { recursive: true });
        fs.writeFileSync(`${source}/file`, "original");
        const snapshots = { directory: store };
        const original = await create({
          mounts: [{ source, target: "/workspace", access: "rw" }],
          snapshots,
        });
        await output(original, "echo t > /tmp/t; mkdir -p d/e; echo deep > d/e/f");
        const id = await original.snapshot();
        const branches = [...(await original.fork(2)), await create({ from: id, snapshots })];
        const all = [original, ...branches];
        const change = (name: number) =>
          `printf ${name} > file; printf ${name} > new${name}; rm -r d; printf ${name} > /tmp/t; printf ${name} > ~/h`;
        await Promise.all(all.map((sandbox, index) => output(sandbox, change(index))));
        const look = "cat file new* /tmp/t ~/h; ls";
        const texts = await Promise.all(all.map((sandbox) => output(sandbox, look)));
        const fresh = await create({ from: id, snapshots });
        texts.push(await output(fresh, "cat file /tmp/t d/e/f; ls; ls ~"));
        await Promise.all([fresh, ...all].map((sandbox) => sandbox.kill()));
        return { texts, host: fs.readFileSync(`${source}/file`, "utf8"), listed: fs.readdirSync(source) };
      }, places());
      const own = [0, 1, 2, 3].map((name) => `${`${name}`.repeat(4)}file\nnew${name}`);
      expect(seen.texts).toEqual([...own, "originalt\ndeep\nd\nfile"]);
      expect(seen).toMatchObject({ host: "0", listed: ["file", "new0"] });
    });

    test("are put back in place: files, memory and nothing besides, with every command ended", async () => {
      const seen = await at.evaluate(
        async ({ fs, create, output, withNode }, { source, store }, make, describe) => {
          fs.mkdirSync(source, { recursive: true });
          const mounts = [
            { source, target: "/workspace", access: "rw" as const },
            ...(withNode.mounts ?? []),
          ];
          const sandbox = await create({ mounts, snapshots: { directory: store } });
          for (const cwd of ["/workspace", "/tmp"])
            await sandbox.commands.run(["/opt/node", "-e", make], { cwd, check: true });
          const look = async () => {
            const words = ["/opt/node", "-e", describe];
            const runs = ["/workspace", "/tmp"].map((cwd) =>
              sandbox.commands.run(words, { cwd, check: true }),
            );
            return (await Promise.all(runs)).map(({ stdout }) => JSON.parse(stdout));
          };
          const before = await look();
          const id = await sandbox.snapshot();
          await output(
            sandbox,
            "chmod 700 shut; rm -rf * .h*; rm -rf /tmp/p*; echo new > plain; mkdir -p more/and; echo x > ~/x",
          );
          const handle = await sandbox.commands.start("setsid sleep 1000 & sleep 1000");
          await sandbox.restore(id);
          const ended = (await handle.wait()).signal;
          const after = await look();
          const processes = await output(sandbox, ["/opt/probe", "processes"]);
          const home = await output(sandbox, "ls -A ~");
          const events = fs.readdirSync(`${store}/.work`);
          await sandbox.kill();
          return { before, after, ended, processes, home, events };
        },
        places(),
        makeTree,
        describeTree,
      );
      expect(seen.after).toEqual(seen.before);
      expect(seen).toMatchObject({ ended: "SIGKILL", processes: "[]", home: "", events: [] });
    });

    test("go into a directory of the caller's, which must be empty", async () => {
      const seen = await at.evaluate(async ({ fs, create, output }, { source, store, directory }) => {
        fs.mkdirSync(source, { recursive: true });
        fs.writeFileSync(`${source}/file`, "content");
        const snapshots = { directory: store };
        const mount = (path: string) => [{ source: path, target: "/workspace", access: "rw" as const }];
        const sandbox = await create({ mounts: mount(source), snapshots });
        await output(sandbox, "echo more > more");
        const id = await sandbox.snapshot();
        await sandbox.kill();
        const out = `${directory}/out`;
        fs.mkdirSync(out);
        const taken = await create({ from: id, mounts: mount(out), snapshots });
        await output(taken, "echo last > last");
        await taken.kill();
        const full = await create({ from: id, mounts: mount(out), snapshots }).catch((error) => error);
        return {
          listed: fs.readdirSync(out),
          owner: fs.statSync(`${out}/more`).uid,
          full: [full.code, full.reason],
        };
      }, places());
      const owner = lane.kind === "root" ? 0 : expect.any(Number);
      expect(seen).toEqual({ listed: ["file", "last", "more"], owner, full: ["SNAPSHOT", "not-empty"] });
    });

    test("are listed and deleted, unless a sandbox still uses them or they are not there", async () => {
      const seen = await at.evaluate(async ({ fs, create, codeOf, library }, { source, store }) => {
        fs.mkdirSync(source, { recursive: true });
        const snapshots = { directory: store };
        const none = await library.snapshots.list(snapshots);
        const reason = (promise: Promise<unknown>) => promise.then(String, (error) => error.reason);
        const sandbox = await create({ mounts: [{ source, target: "/workspace", access: "rw" }], snapshots });
        const id = await sandbox.snapshot();
        const branch = await create({ from: id, snapshots });
        const used = await reason(library.snapshots.delete(id, snapshots));
        await branch.kill();
        await library.snapshots.delete(id, snapshots);
        const [fork] = await sandbox.fork();
        const listed = await library.snapshots.list(snapshots);
        await fork?.kill();
        const reasons = [
          used,
          await reason(library.snapshots.delete(id, snapshots)),
          await reason(library.snapshots.delete("../source", snapshots)),
          await reason(create({ from: id, snapshots })),
          await reason(create({ from: "../../x", snapshots })),
          await reason(sandbox.restore(id)),
        ];
        const noId = [
          await codeOf(Reflect.apply(sandbox.restore, sandbox, [])),
          await codeOf(Reflect.apply(library.snapshots.delete, library.snapshots, [])),
        ];
        await sandbox.kill();
        return {
          none,
          noId,
          reasons,
          listed: listed.length,
          left: fs.readdirSync(store),
          work: fs.readdirSync(`${store}/.work`),
        };
      }, places());
      const missing = Array.from({ length: 5 }, () => "not-found");
      expect(seen).toEqual({
        none: [],
        noId: ["SANDBOX_OPTION", "SANDBOX_OPTION"],
        reasons: ["in-use", ...missing],
        listed: 0,
        left: [".work"],
        work: [],
      });
    });
  });
