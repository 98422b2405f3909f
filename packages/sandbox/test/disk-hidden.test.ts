import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdirSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

const [major = 0, minor = 0] = release().split(".").map(Number);

function lacks(kind: string): string {
  if (kind === "self") return " (skipped: needs root)";
  return major > 6 || (major === 6 && minor >= 11) ? "" : " (skipped: Linux before 6.11 does not tell)";
}

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`the limit of disk space, ${lane.title}`, () => {
    const at = useHost(lane);
    const lacking = lacks(lane.kind);

    test.skipIf(lacking !== "")(
      `counts what a program holds that may be run but not read${lacking}`,
      async () => {
        const programs = join(at.host.directory, "programs");
        mkdirSync(programs);
        copyFileSync("/bin/sh", join(programs, "sh"));
        chownSync(join(programs, "sh"), 12_345, 12_345);
        chmodSync(join(programs, "sh"), 0o711);
        for (const path of [at.host.directory, programs]) chmodSync(path, 0o755);
        // Nobody else writes there: what cannot be looked at is told by the free space alone.
        const apart = join(at.host.directory, "apart");
        mkdirSync(apart);
        expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=256m,mode=1777", "none", apart]).status).toBe(
          0,
        );
        const seen = await at
          .evaluate(
            async ({ create, fs, until }, parent, source) => {
              const writable = fs.mkdtempSync(`${parent}/held-`);
              const mounts = [
                { source: writable, target: "/workspace", access: "rw" },
                { source, target: "/programs", access: "ro" },
              ] as const;
              // By what is built into the shell alone: another program's process could be looked at.
              const hold = `exec 3>/workspace/$0; rm /workspace/$0; x=$(printf %01000000d 0); for i in 1 2 3 4 5 6 7 8 9 10 11 12; do printf %s $x >&3; done; read line < /tmp/f`;
              const holdMany = async (shell: string, count: number) => {
                const sandbox = await create({ mounts, limits: { diskMb: 16 } });
                let end = "";
                void sandbox.closed.then(({ reason }) => (end = reason));
                const started = await sandbox.commands.start(
                  `mkfifo /tmp/f; for i in $(seq ${count}); do ${shell} -c '${hold}' $i & done; wait`,
                );
                const begin = performance.now();
                await until(() => end !== "" || (count === 1 && performance.now() - begin > 1000));
                const living = end === "";
                await sandbox.kill();
                await started.wait().catch(() => {});
                return living ? "lives" : end;
              };
              return [await holdMany("/programs/sh", 4), await holdMany("/bin/sh", 1)];
            },
            apart,
            programs,
          )
          .finally(() => spawnSync("umount", ["--lazy", apart]));
        expect(seen).toEqual(["diskMb", "lives"]);
      },
    );
  });
