import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lanes, limitedLanes, useHost } from "./support/as-user.ts";

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(
    `restoring at the same time as other things, ${lane.title}`,
    () => {
      const at = useHost(lane);
      let made = 0;
      const directory = () => join(at.host.directory, `${made++}`);

      test("leaves a snapshot that is old or new, and nothing of its own in it", async () => {
        const seen = await at.evaluate(async ({ create, output }, directory) => {
          const snapshots = { directory: `${directory}/store` };
          const sandbox = await create({ snapshots });
          const write = (text: string) =>
            output(sandbox, `for i in $(seq 300); do echo ${text} > /tmp/$i; done; echo ${text} > ~/own`);
          await write("old");
          const old = await sandbox.snapshot();
          await write("new");
          const restoring = sandbox.restore(old);
          const taken = await sandbox.snapshot();
          await restoring;
          const branch = await create({ from: taken, snapshots });
          const found = await output(
            branch,
            "cat /tmp/* ~/own | sort | uniq -c; ls -A /tmp ~ | grep -c cloison || :",
          );
          await Promise.all([sandbox.kill(), branch.kill()]);
          return found.replace(/\s+/g, " ");
        }, directory());
        expect(["301 old 0", "301 new 0"]).toContain(seen);
      });

      const unpaused = limitedLanes.includes(lane) ? "" : " (skipped: no cgroup to pause by)";

      test.skipIf(unpaused !== "")(`is done before a pause that comes later${unpaused}`, async () => {
        const seen = await at.evaluate(async ({ create, output }, directory) => {
          const events: string[] = [];
          const sandbox = await create({
            snapshots: { directory: `${directory}/store` },
            onEvent: ({ type }) => void (/restored|paused|resumed/.test(type) && events.push(type)),
          });
          const id = await sandbox.snapshot();
          const restoring = sandbox.restore(id);
          await sandbox.pause();
          const late = await sandbox.restore(id).catch(({ code }) => code);
          await sandbox.resume();
          await restoring;
          await output(sandbox, "true");
          await sandbox.kill();
          return [late, ...events];
        }, directory());
        expect(seen).toEqual(["SANDBOX_PAUSED", "snapshot.restored", "sandbox.paused", "sandbox.resumed"]);
      });
    },
  );
