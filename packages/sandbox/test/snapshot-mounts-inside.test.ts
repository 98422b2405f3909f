import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(
    `snapshots with mounts in the home directory, ${lane.title}`,
    () => {
      const at = useHost(lane);
      let made = 0;
      const directory = () => join(at.host.directory, `${made++}`);

      test("leave the mounts where they are, and put back what is around them", async () => {
        const seen = await at.evaluate(async ({ fs, create, output, library }, directory) => {
          for (const name of ["project", "cache"]) fs.mkdirSync(`${directory}/${name}`, { recursive: true });
          fs.writeFileSync(`${directory}/settings`, "read-only settings\n");
          const snapshots = { directory: `${directory}/store` };
          const settings = {
            source: `${directory}/settings`,
            target: "/home/agent/.config/settings",
            access: "ro",
          } as const;
          const mounts = [
            { source: `${directory}/project`, target: "/home/agent/work/project", access: "rw" },
            { source: `${directory}/cache`, target: "/tmp/cache", access: "rw" },
            settings,
          ] as const;
          const sandbox = await create({ mounts: [...mounts], snapshots });
          const files =
            "/home/agent/own /home/agent/work/notes /home/agent/work/project/file /tmp/cache/file /tmp/own";
          const write = (text: string) => `for f in ${files}; do echo ${text} > $f; done`;
          const look = (of: typeof sandbox) =>
            output(
              of,
              "cat ~/.config/settings; cd / && find /home/agent /tmp -type f ! -name settings | sort | xargs grep ''",
            );
          await output(sandbox, write("old"));
          const before = await look(sandbox);
          const id = await sandbox.snapshot();
          await output(sandbox, `${write("new")}; touch /home/agent/work/later /tmp/later`);
          const changed = await look(sandbox);
          const [fork] = await sandbox.fork();
          const forked = fork && (await look(fork));
          await sandbox.restore(id);
          const restored = await look(sandbox);
          const outside = fs.readFileSync(`${directory}/project/file`, "utf8");
          const other = await create({ from: id, snapshots, mounts: [settings] });
          const begun = await look(other);
          const [info] = await library.snapshots.list(snapshots);
          await Promise.all([sandbox.kill(), fork?.kill(), other.kill()]);
          return { before, changed, forked, restored, begun, outside, files: info?.files };
        }, directory());
        expect(seen.before).toContain("read-only settings");
        expect(seen.before).not.toBe(seen.changed);
        expect(seen.forked).toBe(seen.changed);
        expect(seen.restored).toBe(seen.before);
        expect(seen.begun).toBe(seen.before);
        // Not the settings, which are no part of the home directory.
        expect(seen).toMatchObject({ outside: "old\n", files: 5 });
      });

      test("change nothing where the sandbox has moved the way to a mount", async () => {
        const seen = await at.evaluate(async ({ fs, create, output }, directory) => {
          fs.mkdirSync(`${directory}/project`, { recursive: true });
          const mounts = [
            { source: `${directory}/project`, target: "/home/agent/work/project", access: "ro" },
          ] as const;
          const sandbox = await create({
            mounts: [...mounts],
            snapshots: { directory: `${directory}/store` },
          });
          const id = await sandbox.snapshot();
          await output(sandbox, "echo kept > ~/own; mv ~/work ~/moved; ln -s moved ~/work");
          const refused = await sandbox.restore(id).catch(({ code, reason }) => ({ code, reason }));
          const look = await output(
            sandbox,
            "cat ~/own; ls -A ~; grep -c /home/agent/moved/project /proc/self/mounts",
          );
          await output(sandbox, "rm ~/work; mv ~/moved ~/work");
          await sandbox.restore(id);
          const after = await output(sandbox, "ls -A ~; grep -c /home/agent/work/project /proc/self/mounts");
          await sandbox.kill();
          return { refused, look, after };
        }, directory());
        expect(seen).toEqual({
          refused: { code: "SNAPSHOT", reason: "mismatch" },
          look: "kept\nmoved\nown\nwork\n1",
          after: "work\n1",
        });
      });

      test("are not deleted while one is put back", async () => {
        const seen = await at.evaluate(async ({ create, output, library, codeOf }, directory) => {
          const snapshots = { directory: `${directory}/store` };
          const sandbox = await create({ snapshots });
          await output(sandbox, "echo old > /tmp/file");
          const id = await sandbox.snapshot();
          const restoring = sandbox.restore(id);
          await new Promise(setImmediate);
          const refused = await library.snapshots.delete(id, snapshots).catch(({ reason }) => reason);
          await restoring;
          const content = await output(sandbox, "cat /tmp/file");
          const removed = await codeOf(library.snapshots.delete(id, snapshots));
          await sandbox.kill();
          return { refused, content, removed };
        }, directory());
        expect(seen).toEqual({ refused: "in-use", content: "old" });
      });
    },
  );
