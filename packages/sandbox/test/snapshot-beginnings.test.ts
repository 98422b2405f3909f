import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`sandboxes that begin with a snapshot, ${lane.title}`, () => {
    const at = useHost(lane);
    let made = 0;
    const directory = () => join(at.host.directory, `${made++}`);

    test("have its directories, also where there is no file in them", async () => {
      const seen = await at.evaluate(async ({ create, output }, directory) => {
        const snapshots = { directory: `${directory}/store` };
        const sandbox = await create({ snapshots });
        await output(sandbox, "mkdir -p ~/empty/deep; mkdir -m 1700 /tmp/own");
        const branch = await create({ from: await sandbox.snapshot(), snapshots });
        const found = await output(
          branch,
          "cd / && find home/agent tmp -mindepth 1 -printf '%p %m\\n' | sort",
        );
        await Promise.all([sandbox.kill(), branch.kill()]);
        return found;
      }, directory());
      expect(seen.split("\n")).toEqual(["home/agent/empty 755", "home/agent/empty/deep 755", "tmp/own 1700"]);
    });

    test("refuse a mount that would hide what it has, or be hidden by it", async () => {
      const seen = await at.evaluate(async ({ fs, create, output }, directory) => {
        const snapshots = { directory: `${directory}/store` };
        for (const name of ["tree", "other"]) fs.mkdirSync(`${directory}/${name}`, { recursive: true });
        const mount = { source: `${directory}/tree`, target: "/data/tree", access: "rw" } as const;
        const sandbox = await create({ mounts: [mount], snapshots });
        const from = await sandbox.snapshot();
        await sandbox.kill();
        const begin = async (target: string) => {
          const mounts = [{ source: `${directory}/other`, target, access: "ro" } as const];
          const branch = await create({ from, snapshots, mounts });
          const found = await output(branch, `ls -d ${target} /data/tree`);
          await branch.kill();
          return found;
        };
        const refused = (target: string) => begin(target).catch(({ reason }) => reason);
        const control = await refused("/data/other");
        const results = [control, await refused("/data/tree/in"), await refused("/data")];
        return [...results, fs.readdirSync(`${directory}/store/.work`)];
      }, directory());
      expect(seen).toEqual(["/data/other\n/data/tree", "mismatch", "mismatch", []]);
    });
  });
