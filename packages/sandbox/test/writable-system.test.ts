import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { lackOfOwners, lanes, useHost } from "./support/as-user.ts";
import { makeLinuxRoot } from "./support/linux-root.ts";

const places = ["/", "/usr/bin", "/usr/local/lib", "/etc", "/etc/ssl/certs", "/opt", "/srv", "/var/lib"];

function stateOfHost(): unknown {
  const { mode, uid, size, mtimeMs } = statSync("/usr/bin/env");
  return [mode, uid, size, mtimeMs, ...places.map((path) => existsSync(join(path, "made")))];
}

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`a writable system, ${lane.title}`, () => {
    const at = useHost(lane);
    beforeAll(() => chmodSync(at.host.directory, 0o755));

    test("is only there where it is asked for", async () => {
      const seen = await at.evaluate(({ withSandbox }) =>
        withSandbox(
          {},
          async (sandbox) => (await sandbox.commands.run("touch /usr/bin/new /etc/new")).stderr,
        ),
      );
      expect(seen.match(/Read-only file system/g)).toHaveLength(2);
    });

    test("can be had with little room of its own, however many directories the host's has", async () => {
      const made = await at.evaluate(({ withSandbox, output }) =>
        withSandbox({ writableSystem: true, limits: { diskMb: 1 } }, (sandbox) =>
          output(sandbox, "echo x > /usr/share/made; cat /usr/share/made; : > /tmp/made"),
        ),
      );
      expect(made).toBe("x");
    });

    test("takes files everywhere, loses what is deleted, and vanishes; the host keeps all it had", async () => {
      const before = stateOfHost();
      const seen = await at.evaluate(
        ({ withSandbox, output }, paths) =>
          withSandbox({ writableSystem: true }, async (sandbox) => ({
            made: await output(
              sandbox,
              `for d in ${paths.join(" ")}; do mkdir -p $d; echo x > $d/made; cat $d/made; done`,
            ),
            deleted: await output(sandbox, "rm /usr/bin/env; ls /usr/bin/env 2>&1 || true"),
            replaced: await output(
              sandbox,
              "mkdir /usr/share/of && rm -r /usr/share/of && echo own > /usr/bin/env && cat /usr/bin/env",
            ),
            owner: await output(sandbox, "stat -c %U:%a /usr /etc /usr/local; id -u"),
            next: await withSandbox({ writableSystem: true }, (other) =>
              output(other, "ls /made /usr/bin/made 2>/dev/null | wc -l; head -c 4 /usr/bin/env | tail -c 3"),
            ),
            layer: sandbox.layers.find(({ name }) => name === "root")?.detail,
          })),
        places,
      );
      expect(seen.made).toBe(Array(8).fill("x").join("\n"));
      expect(seen.deleted).toContain("No such file");
      expect(seen.replaced).toBe("own");
      expect(seen.owner).toBe("agent:755\nagent:755\nagent:755\n1000");
      expect(seen.next).toBe("0\nELF");
      expect(seen.layer).toContain("changed only in 256 MB of memory");
      expect(stateOfHost()).toEqual(before);
    });

    test("cannot grow past its size, which other places do not share", async () => {
      const seen = await at.evaluate(({ withSandbox }) =>
        withSandbox({ writableSystem: { sizeMb: 8 }, limits: { memoryMb: 128 } }, async (sandbox) => {
          const fill = (path: string) => `dd if=/dev/zero of=${path} bs=1M count=16 2>&1; stat -c %s ${path}`;
          const full = await sandbox.commands.run(fill("/usr/share/big"));
          const beside = await sandbox.commands.run(fill("/tmp/big"));
          return { full: full.stdout, beside: beside.stdout };
        }),
      );
      expect(seen.full).toContain("No space left on device");
      expect(Number(seen.full.trim().split("\n").at(-1))).toBeLessThanOrEqual(8 * 2 ** 20);
      expect(seen.beside).not.toContain("No space left");
    });

    const lack = lackOfOwners(lane);
    test.skipIf(lack !== "")(
      `keeps what others may not read unreadable, whatever is tried with it${lack}`,
      async () => {
        const root = makeLinuxRoot(join(at.host.directory, "root"));
        const secret = "/usr/local/secret";
        mkdirSync(join(root, secret, "open"), { recursive: true });
        chmodSync(join(root, secret), 0o700);
        writeFileSync(join(root, secret, "open/file"), "secret");
        writeFileSync(join(root, `${secret}.file`), "secret", { mode: 0o640 });
        const read = () =>
          at.evaluate(
            ({ withSandbox }, rootfs, target) =>
              withSandbox({ rootfs, writableSystem: true }, async (sandbox) => {
                const attempts = [
                  `cat ${target}.file ${target}/open/file`,
                  `mv ${target}.file /tmp/a; ln ${target}.file /usr/b; cp -a ${target} /usr/c; cat /tmp/a /usr/b /usr/c/open/file`,
                  `mkdir -p ${target}/open; mv ${target} /usr/moved; chmod -R 777 ${target}*; cat ${target}.file ${target}/open/file`,
                  `rm -rf ${target} ${target}.file; ln -s ${target} /usr/d; mkdir ${target}; cat ${target}/open/file /usr/d/open/file`,
                ];
                const results = [];
                for (const attempt of attempts) results.push((await sandbox.commands.run(attempt)).stdout);
                return results.join("");
              }),
            root,
            secret,
          );
        expect(await read()).toBe("");
        chmodSync(join(root, `${secret}.file`), 0o644);
        chmodSync(join(root, secret), 0o755);
        expect(await read()).toContain("secretsecret"); // the control
      },
    );

    test("of a directory is there for the next sandbox, and for one at a time", async () => {
      const seen = await at.evaluate(async ({ withSandbox, create, output, fs, codeOf }, directory) => {
        const upper = fs.mkdtempSync(`${directory}/upper-`);
        const writableSystem = { directory: upper };
        const first = await withSandbox({ writableSystem }, async (sandbox) => {
          await output(
            sandbox,
            "mkdir -p /usr/local; echo kept > /usr/local/kept; rm /usr/bin/env; rm -r /var; ln -s /proc/1/root /var",
          );
          return codeOf(create({ writableSystem }));
        });
        const second = await withSandbox({ writableSystem }, async (sandbox) => ({
          kept: await output(sandbox, "cat /usr/local/kept; ls /usr/bin/env 2>&1 || true"),
          masked: await output(sandbox, "cat /proc/keys /proc/kallsyms | wc -c; touch /tmp/x /home/agent/y"),
        }));
        const { uid } = fs.statSync(upper);
        const kept = fs.statSync(`${upper}/usr/files/local/kept`);
        return { first, ...second, owned: kept.uid === uid };
      }, at.host.directory);
      expect(seen).toMatchObject({ first: "SANDBOX_START", masked: "0", owned: true });
      expect(seen.kept).toMatch(/^kept\n.*No such file/);
    });

    test("of a directory leads no mount out of the next sandbox by a link", async () => {
      const seen = await at.evaluate(async ({ withSandbox, create, output, fs, library }, directory) => {
        const writableSystem = { directory: fs.mkdtempSync(`${directory}/upper-`) };
        fs.writeFileSync(`${directory}/mounted`, "mounted");
        // The host has a file there, which a mount would find if the link were followed.
        const target = "/srv/passwd";
        const start = async () =>
          create({ writableSystem, mounts: [{ source: `${directory}/mounted`, target, access: "ro" }] }).then(
            async (sandbox) => {
              const { stdout } = await sandbox.commands.run(["cat", target]);
              await sandbox.kill();
              return stdout;
            },
            (error) => (error instanceof library.SandboxStartError ? error.step : String(error)),
          );
        const before = await start();
        await withSandbox({ writableSystem }, (sandbox) => output(sandbox, "rm -r /srv; ln -s /etc /srv"));
        return { before, after: await start() };
      }, at.host.directory);
      expect(seen).toEqual({ before: "mounted", after: "mount attach" });
    });

    test("leaves nothing behind, in memory or on disk, when its host is killed half-way", async () => {
      const seen = await at.evaluate(async ({ library, defaults, fs, until }) => {
        const own = () =>
          fs.readdirSync("/proc").filter((pid) => {
            try {
              return (
                /^\d+$/.test(pid) &&
                fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[1] ===
                  String(process.pid)
              );
            } catch {
              return false;
            }
          });
        const counts: number[] = [];
        for (let round = 0; round < 5; round++) {
          const making = library.createSandbox({ ...defaults, writableSystem: true }).catch(() => undefined);
          await until(() => own().length > 0);
          for (let turn = 0; turn < round * 20; turn++) await new Promise(setImmediate);
          for (const pid of own()) process.kill(Number(pid), "SIGKILL");
          await (await making)?.closed;
          await until(() => own().length === 0);
          counts.push(own().length);
        }
        return counts;
      });
      expect(seen).toEqual([0, 0, 0, 0, 0]);
      expect(await at.evaluate(({ fs }) => fs.readFileSync("/proc/self/mounts", "utf8"))).not.toContain(
        "layers ",
      );
    });
  });
