import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { lackOfOwners, lanes, useHost } from "./support/as-user.ts";
import { makeLinuxRoot } from "./support/linux-root.ts";

/** What steers an overlay, under both names that it knows. */
const attributes = ["redirect", "opaque", "metacopy", "origin", "upper", "whiteout"].flatMap((name) => [
  `user.overlay.${name}`,
  `trusted.overlay.${name}`,
  `user.overlay.overlay.${name}`,
]);

const setAttributes = `
import os, sys
for name in sys.argv[2:]:
    try: os.setxattr(sys.argv[1], name, b"/secret" if name.endswith("redirect") else b"y")
    except OSError as error: print(name, error.errno)
`;

const listAttributes = `
import os, sys
for directory, _, files in os.walk(sys.argv[1]):
    for name in ["", *files]:
        print(*os.listxattr(os.path.join(directory, name), follow_symlinks=False), sep="\\n")
`;

const withoutPython =
  spawnSync("/usr/bin/python3", ["-c", "import os; os.setxattr"]).status === 0
    ? ""
    : " (skipped: no /usr/bin/python3)";

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`the layers of a sandbox, ${lane.title},`, () => {
    const at = useHost(lane);
    let root = "";
    beforeAll(() => {
      chmodSync(at.host.directory, 0o755);
      root = makeLinuxRoot(join(at.host.directory, "root"));
      mkdirSync(join(root, "secret"), { mode: 0o700 });
      writeFileSync(join(root, "secret/file"), "secret");
      chmodSync(join(root, "secret"), 0o700);
    });

    test.skipIf(withoutPython !== "")(
      `take no word of the kernel's own from inside, now or in the next sandbox${withoutPython}`,
      async () => {
        const seen = await at.evaluate(
          async ({ withSandbox, fs, spawn, once }, directory, [script, dump], names) => {
            const upper = fs.mkdtempSync(`${directory}/upper-`);
            const writableSystem = { directory: upper };
            await withSandbox({ writableSystem }, async (sandbox) => {
              await sandbox.commands.run(
                "mkdir /opt/pointing /usr/share/pointing; touch /usr/share/pointing/file",
              );
              for (const path of [
                "/opt/pointing",
                "/usr/share/pointing",
                "/usr/share/pointing/file",
                "/usr/bin",
              ])
                await sandbox.commands.run(["/usr/bin/python3", "-c", script, path, ...names]);
            });
            const python = async (...args: string[]) => {
              const child = spawn("/usr/bin/python3", ["-c", ...args]);
              let text = "";
              child.stdout.on("data", (chunk) => {
                text += chunk;
              });
              await once(child, "close");
              return text.split("\n").filter((line) => /overlay\.(redirect|metacopy|upper)/.test(line));
            };
            const inside = await python(dump, upper);
            await python(script, `${upper}/usr/files/share/pointing/file`, ...names);
            return { inside, outside: await python(dump, upper) };
          },
          at.host.directory,
          [setAttributes, listAttributes] as const,
          attributes,
        );
        // A name that the kernel escapes (user.overlay.overlay.…) means nothing to this overlay.
        const meant = (lines: readonly string[]) =>
          lines.filter((line) => !line.startsWith("user.overlay.overlay."));
        expect(meant(seen.inside)).toEqual([]);
        expect(meant(seen.outside)).toContain("user.overlay.redirect"); // the control
      },
    );

    const lack = lackOfOwners(lane);
    test.skipIf(lack !== "")(`give no way around what only the host may read${lack}`, async () => {
      const attack = () =>
        at.evaluate(
          ({ withSandbox }, rootfs) =>
            withSandbox({ rootfs, writableSystem: true }, async (sandbox) => {
              const attempts = [
                "cat /secret/file; ls /secret",
                "rm -rf /secret; mkdir /secret; ls /secret; cat /secret/file",
                "mv /secret /moved; cat /moved/file; ln -s /secret /link; cat /link/file",
                "mkdir -p /opt/a; mv /opt/a /secret/a; cat /secret/a/../file",
                "chmod 755 /secret; ls /secret; cat /secret/file",
                "cat /proc/1/root/secret/file /proc/self/root/secret/file",
                "ls /made /upper /top /0 /0/lower 2>/dev/null",
              ];
              const results = [];
              for (const attempt of attempts) results.push((await sandbox.commands.run(attempt)).stdout);
              return results.join("");
            }),
          root,
        );
      expect(await attack()).toBe("");
      chmodSync(join(root, "secret"), 0o755);
      expect(await attack()).toContain("secret"); // the control
      chmodSync(join(root, "secret"), 0o700);
    });

    test("follow no link that was left where they are to lie", async () => {
      const seen = await at.evaluate(async ({ withSandbox, create, fs }, directory) => {
        const upper = fs.mkdtempSync(`${directory}/link-`);
        const mounts = [{ source: upper, target: "/workspace", access: "rw" }] as const;
        const leave = async (script: string) => {
          await withSandbox({ mounts }, (sandbox) => sandbox.commands.run(script));
          return create({ writableSystem: { directory: upper } }).then(
            (sandbox) => sandbox.kill().then(() => "made"),
            (error) => error.message,
          );
        };
        const linked = await leave("mkdir elsewhere; ln -s elsewhere root");
        const followed = fs.readdirSync(`${upper}/elsewhere`);
        return { linked, followed, control: await leave("rm root; mkdir root") };
      }, at.host.directory);
      expect(seen.linked).toMatch(/overlay \(upper\/root\) failed with ENOTDIR/);
      expect(seen).toMatchObject({ followed: [], control: "made" });
    });

    test("cannot be reached beside the root, and are told by no path of the host's", async () => {
      const seen = await at.evaluate(
        ({ withSandbox, output }, rootfs) =>
          withSandbox({ rootfs, writableSystem: true }, (sandbox) =>
            output(sandbox, "cat /proc/self/mountinfo"),
          ),
        root,
      );
      const overlay = seen.split("\n").filter((line) => line.includes(" - overlay "));
      expect(overlay).toHaveLength(1);
      expect(overlay[0]).toMatch(
        /^\d+ \d+ \d+:\d+ \/ \/ rw,nosuid,nodev.* rw,lowerdir=made:0\/mirror:0\/lower,upperdir=upper\/rootfs\/files,/,
      );
      expect(overlay[0]).toContain("userxattr");
      const others = seen
        .split("\n")
        .filter((line) => /\/(lower|mirror|upper|top)\b/.test(line.split(" - ")[0] ?? ""));
      expect(others).toEqual([]);
    });
  });
