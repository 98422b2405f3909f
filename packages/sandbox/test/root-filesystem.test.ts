import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { lackOfOwners, lanes, useHost, userId } from "./support/as-user.ts";
import { keepsDirectories, makeLinuxRoot, snapshot } from "./support/linux-root.ts";

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`a root file system of the caller's, ${lane.title}`, () => {
    const at = useHost(lane);
    let root = "";
    beforeAll(() => {
      root = makeLinuxRoot(join(at.host.directory, "root"));
      // As whoever made it: root for the host that is root, and for the other lanes as well.
      chmodSync(at.host.directory, 0o755);
    });

    test("is the sandbox's system, with an agent, a /proc, a /dev and places to write of the sandbox's own", async () => {
      const seen = await at.evaluate(
        ({ withSandbox, output }, rootfs) =>
          withSandbox({ rootfs, hostname: "inside" }, async (sandbox) => ({
            system: await output(
              sandbox,
              "cat /etc/os-release; ls /bin /usr/lib 2>&1 | head -n 0; id -un; pwd",
            ),
            own: await output(sandbox, "cat /etc/hostname /proc/1/comm; ls /tmp; ls /dev"),
            written: await output(
              sandbox,
              "for d in /tmp /home/agent /dev/shm; do echo data > $d/new; cat $d/new; done; echo > /dev/null",
            ),
            root: sandbox.layers.find(({ name }) => name === "root")?.detail,
          })),
        root,
      );
      expect(seen.system).toBe("ID=of-the-caller\nagent\n/home/agent");
      expect(seen.own.split("\n")).toEqual(
        "inside cloison-launche fd full null ptmx pts random shm stderr stdin stdout tty urandom zero".split(
          " ",
        ),
      );
      expect(seen.written).toBe("data\ndata\ndata");
      expect(seen.root).toContain(`read-only system of ${root}`);
    });

    test("is not written to, from inside or to make a mount's target", async () => {
      const before = snapshot(root);
      const seen = await at.evaluate(
        ({ withSandbox, fs }, rootfs, directory) => {
          fs.writeFileSync(`${directory}/mounted`, "mounted");
          const mounts = ["/work", "/srv/deep/er", "/opt/x", "/home/agent/y", "/tmp/z"].map(
            (target) => ({ source: `${directory}/mounted`, target, access: "rw" }) as const,
          );
          return withSandbox({ rootfs, mounts }, async (sandbox) => {
            const reads = await sandbox.commands.run(["cat", ...mounts.map(({ target }) => target)]);
            const refused: string[] = [];
            for (const path of ["/new", "/usr/bin/new", "/etc/new", "/opt/new", "/dev/new", "/var/lib/new"])
              refused.push((await sandbox.commands.run(["touch", path])).stderr.replace(/.*: /, "").trim());
            await sandbox.commands.run("rm -rf /usr /etc /var /opt; chmod 777 /usr /etc/os-release");
            return { reads: reads.stdout, refused, still: (await sandbox.commands.run("id -u")).stdout };
          });
        },
        root,
        at.host.directory,
      );
      expect(seen.reads).toBe("mounted".repeat(5));
      expect(new Set(seen.refused)).toEqual(new Set(["Read-only file system"]));
      expect(seen.still).toBe("1000\n");
      expect(snapshot(root)).toEqual(before);
    });

    const lack = lackOfOwners(lane);
    test.skipIf(lack !== "")(`keeps what only its owner may read from the sandbox${lack}`, async () => {
      const seen = await at.evaluate(async ({ withSandbox }, rootfs) => {
        const tried: string[] = [];
        for (const writableSystem of [false, true])
          await withSandbox({ rootfs, writableSystem }, async (sandbox) => {
            const attempts =
              "cat /etc/shadow; mv /etc/shadow /etc/s; ln /etc/shadow /etc/t; cat /etc/s /etc/t";
            const run = await sandbox.commands.run(`${attempts}; chmod 644 /etc/shadow; cat /etc/shadow`);
            tried.push(run.stdout);
          });
        return tried;
      }, root);
      expect(seen).toEqual(["", ""]);
      expect(readFileSync(join(root, "etc/shadow"), "utf8")).not.toBe("");
      chmodSync(join(root, "etc/shadow"), 0o644);
      const control = await at.evaluate(
        ({ withSandbox, output }, rootfs) =>
          withSandbox({ rootfs }, (sandbox) => output(sandbox, "cat /etc/shadow")),
        root,
      );
      chmodSync(join(root, "etc/shadow"), 0o600);
      expect(control).toBe("what only its owner may read");
    });

    test("leads out of itself by no link", async () => {
      for (const name of ["var/tmp", "opt", "srv"]) {
        rmSync(join(root, name), { recursive: true, force: true });
        symlinkSync(at.host.directory, join(root, name));
      }
      writeFileSync(join(at.host.directory, "mounted"), "mounted");
      const before = readdirSync(at.host.directory);
      const seen = await at.evaluate(
        ({ withSandbox, output }, rootfs, directory) => {
          const mounts = [{ source: `${directory}/mounted`, target: "/opt/x/y", access: "ro" }] as const;
          return withSandbox({ rootfs, mounts }, async (sandbox) => ({
            mounted: await output(sandbox, "cat /opt/x/y; ls /opt"),
            link: (await sandbox.commands.run("ls /srv/")).exitCode,
          }));
        },
        root,
        at.host.directory,
      );
      expect(seen).toEqual({ mounted: "mountedprobe\nx", link: 2 });
      expect(readdirSync(at.host.directory)).toEqual(before);
      for (const name of ["var/tmp", "opt", "srv"]) rmSync(join(root, name));
    });

    test("can be written to where that is asked for, and stays as it was", async () => {
      mkdirSync(join(root, "usr/share/of-root"), { recursive: true });
      const before = snapshot(root);
      const seen = await at.evaluate(
        ({ withSandbox, output }, rootfs) =>
          withSandbox({ rootfs, writableSystem: { sizeMb: 4 } }, async (sandbox) => ({
            made: await output(
              sandbox,
              "for f in /usr/share/of-root/a /etc/b /opt/c /var/lib/d /e; do echo made > $f; cat $f; done",
            ),
            gone: await output(sandbox, "rm /usr/bin/dd; mkdir /usr/share/new; rm -r /usr/share/new"),
            replaced: await output(sandbox, "sed -i s/caller/agent/ /etc/os-release; cat /etc/os-release"),
            still: (await sandbox.commands.run("dd --version")).exitCode,
          })),
        root,
      );
      expect(seen).toEqual({
        made: Array(5).fill("made").join("\n"),
        gone: "",
        replaced: "ID=of-the-agent",
        still: 127,
      });
      expect(snapshot(root)).toEqual(before);
    });

    test.skipIf(keepsDirectories !== "")(
      `loses directories where it can be written to, and has new ones in their place${keepsDirectories}`,
      async () => {
        const before = snapshot(root);
        const seen = await at.evaluate(
          ({ withSandbox, output }, rootfs) =>
            withSandbox({ rootfs, writableSystem: true }, (sandbox) =>
              output(
                sandbox,
                "rm -r /usr/share; ls /usr; mkdir /usr/share; ls -A /usr/share; rm -r /etc; ls /",
              ),
            ),
          root,
        );
        expect(seen.split("\n").slice(0, 3)).toEqual(["bin", "lib", "lib64"]);
        expect(seen).not.toMatch(/etc|share|of-root/);
        expect(snapshot(root)).toEqual(before);
      },
    );

    test("can be changed in place by its owner's sandbox alone, in a copy", async () => {
      const change = () =>
        at.evaluate(
          ({ withSandbox }, rootfs) =>
            withSandbox({ rootfs, writableSystem: true }, async (sandbox) => {
              const run = await sandbox.commands.run(
                "echo more >> /etc/os-release; mv /etc/os-release /etc/moved; cat /etc/moved",
              );
              return run.stdout;
            }),
          root,
        );
      const before = snapshot(root);
      const ofRoot = await change();
      expect(snapshot(root)).toEqual(before);
      if (lane.kind !== "self") expect(ofRoot).toBe("");
      if (lane.kind === "root" || lane.kind === "self") return;
      spawnSync("chown", ["-R", `${userId}:${userId}`, root]);
      const given = snapshot(root);
      expect(await change()).toBe("ID=of-the-caller\nmore\n");
      expect(snapshot(root)).toEqual(given);
    });
  });
