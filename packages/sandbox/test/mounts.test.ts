import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { lanes, useHost, userId } from "./support/as-user.ts";

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`files of the host in a sandbox, ${lane.title}`, () => {
    const at = useHost(lane);

    test("are the sandbox's own in a writable mount, and what it writes is the directory's owner's", async () => {
      const seen = await at.evaluate(({ withSandbox, output, fs }, directory) => {
        fs.writeFileSync(`${directory}/given`, "from outside");
        fs.mkdirSync(`${directory}/folder`);
        return withSandbox(
          { mounts: [{ source: directory, target: "/workspace", access: "rw" }] },
          async (sandbox) => ({
            inside: await output(
              sandbox,
              "pwd; stat -c %u:%g . given folder; cat given; echo from inside > folder/made; mkdir sub; rm given",
            ),
            outside: ["folder/made", "sub"]
              .map((name) => fs.statSync(`${directory}/${name}`))
              .map(({ uid, gid }) => [uid, gid]),
            directory: [fs.statSync(directory).uid, fs.statSync(directory).gid],
            text: fs.readFileSync(`${directory}/folder/made`, "utf8"),
            given: fs.existsSync(`${directory}/given`),
          }),
        );
      }, at.host.directory);
      expect(seen.inside).toBe("/workspace\n1000:1000\n1000:1000\n1000:1000\nfrom outside");
      expect(seen.outside).toEqual([seen.directory, seen.directory]);
      expect(seen.directory[0]).toBe(
        { root: 0, user: userId, delegated: userId, self: process.geteuid?.() }[lane.kind],
      );
      expect(seen).toMatchObject({ text: "from inside\n", given: false });
    });

    test("are mounted for a host whose user has no home", async () => {
      const seen = await at.evaluate(async ({ withSandbox, output }, directory) => {
        const home = process.env.HOME;
        delete process.env.HOME;
        try {
          return await withSandbox(
            { mounts: [{ source: directory, target: "/a", access: "ro" }] },
            (sandbox) => output(sandbox, "ls -d /a"),
          );
        } finally {
          if (home !== undefined) process.env.HOME = home;
        }
      }, at.host.directory);
      expect(seen).toBe("/a");
    });

    test("of others than the directory's owner stay theirs", async () => {
      const answer = await at.evaluate(({ withSandbox, fs }, directory) => {
        if (process.geteuid?.() !== 0) return undefined;
        const owned = `${directory}/of-1234`;
        fs.mkdirSync(owned);
        fs.writeFileSync(`${owned}/other`, "secret", { mode: 0o600 });
        fs.chownSync(owned, 1234, 2345);
        return withSandbox(
          { mounts: [{ source: owned, target: "/workspace", access: "rw" }] },
          async (sandbox) => {
            const run = await sandbox.commands.run("stat -c %U other; cat other; echo x > own");
            const { uid, gid } = fs.statSync(`${owned}/own`);
            return { stdout: run.stdout, denied: run.stderr.includes("Permission denied"), own: [uid, gid] };
          },
        );
      }, at.host.directory);
      if (lane.kind === "root")
        expect(answer).toEqual({ stdout: "nobody\n", denied: true, own: [1234, 2345] });
      else expect(answer).toBeUndefined();
    });

    test("cannot be changed in a read-only mount, be it a directory or one file", async () => {
      const seen = await at.evaluate(({ withSandbox, output, fs }, directory) => {
        const source = fs.mkdtempSync(`${directory}/ro-`);
        fs.writeFileSync(`${source}/file`, "kept");
        const mounts = [
          { source, target: "/srv/data/deep", access: "ro" },
          { source: `${source}/file`, target: "/srv/one", access: "ro" },
        ] as const;
        return withSandbox({ mounts }, async (sandbox) => {
          const command =
            "cd /srv/data/deep; echo x > file; echo x > new; rm -f file; chmod 777 file; echo x > /srv/one";
          const { stderr } = await sandbox.commands.run(command);
          const texts = await output(sandbox, "cat /srv/data/deep/file /srv/one");
          return {
            refusals: stderr.match(/Read-only file system/g)?.length,
            texts,
            left: fs.readdirSync(source),
          };
        });
      }, at.host.directory);
      expect(seen).toEqual({ refusals: 5, texts: "keptkept", left: ["file"] });
    });

    test("that their user cannot get at are told apart from those that are not there", async () => {
      const said = await at.evaluate(async ({ create, fs }, directory) => {
        const locked = fs.mkdtempSync(`${directory}/locked-`);
        fs.chmodSync(locked, 0);
        const mounts = [{ source: `${locked}/project`, target: "/workspace", access: "rw" }] as const;
        const message = await create({ mounts }).then(String, (error) => error.message);
        fs.chmodSync(locked, 0o700); // to be removed
        return message;
      }, at.host.directory);
      expect(said).toMatch(
        lane.kind === "root" ? /cannot be found; create it/ : /cannot be reached: this user/,
      );
    });

    test("outside of the mount are not behind its symbolic links", async () => {
      const seen = await at.evaluate(({ withSandbox, fs }, directory) => {
        const source = fs.mkdtempSync(`${directory}/links-`);
        fs.writeFileSync(`${directory}/outside`, "secret");
        fs.symlinkSync(`${directory}/outside`, `${source}/absolute`);
        fs.symlinkSync("../outside", `${source}/relative`);
        fs.symlinkSync("/", `${source}/root`);
        return withSandbox({ mounts: [{ source, target: "/workspace", access: "rw" }] }, async (sandbox) => {
          const command = `ln -s ${directory}/outside made; ln -s /proc/1/root up; cat absolute relative made root${directory}/outside up/etc/passwd; ls -d root/workspace`;
          const inside = await sandbox.commands.run(command);
          const control = ["absolute", "relative", "made"].map((name) =>
            fs.readFileSync(`${source}/${name}`, "utf8"),
          );
          return { inside: inside.stdout, control };
        });
      }, at.host.directory);
      expect(seen).toEqual({ inside: "root/workspace\n", control: ["secret", "secret", "secret"] });
    });

    test("are never those of a link that is put in the source's place after it was checked", async () => {
      const seen = await at.evaluate(async ({ create, fs, spawn, library }, directory) => {
        const base = fs.mkdtempSync(`${directory}/race-`);
        for (const [name, text] of [
          ["real", "own"],
          [".ssh", "secret"],
        ] as const) {
          fs.mkdirSync(`${base}/${name}`);
          fs.writeFileSync(`${base}/${name}/mark`, text);
        }
        const swap = "while mv real away; do ln -s .ssh real; rm real; mv away real; done";
        const racer = spawn("sh", ["-c", swap], { cwd: base, stdio: "ignore" });
        const outcomes = new Set<string>();
        const controls = new Set<string>();
        const followed = () => {
          try {
            return fs.readFileSync(`${base}/real/mark`, "utf8");
          } catch {
            return "none";
          }
        };
        for (let round = 0; round < 60 || (!controls.has("secret") && round < 100_000); round++) {
          controls.add(followed());
          if (round >= 60) continue;
          const mounts = [{ source: `${base}/real`, target: "/workspace", access: "ro" }] as const;
          const outcome = await create({ mounts }).then(
            async (sandbox) => {
              const { stdout } = await sandbox.commands.run("cat /workspace/mark");
              await sandbox.kill();
              return stdout;
            },
            (error) => (error instanceof library.SandboxError ? "refused" : String(error)),
          );
          outcomes.add(outcome);
        }
        racer.kill("SIGKILL");
        return { outcomes: [...outcomes], controls: [...controls] };
      }, at.host.directory);
      expect(["own", "refused"]).toEqual(expect.arrayContaining(seen.outcomes));
      expect(seen.controls).toContain("secret");
    });

    test("are found by a link or a relative path, and stay when the link is turned elsewhere", async () => {
      const seen = await at.evaluate(({ withSandbox, output, fs }, directory) => {
        const source = fs.mkdtempSync(`${directory}/real-`);
        fs.writeFileSync(`${source}/file`, "real");
        fs.symlinkSync(source, `${directory}/link`);
        const mounts = [
          { source: `${directory}/link`, target: "/workspace", access: "rw" },
          { source: source.slice(1), target: "/tmp/relative", access: "ro" }, // from "/", where the host stands
        ] as const;
        return withSandbox({ mounts }, async (sandbox) => {
          fs.unlinkSync(`${directory}/link`);
          fs.symlinkSync("/", `${directory}/link`);
          return output(sandbox, "cat /workspace/file /tmp/relative/file; ls /workspace");
        });
      }, at.host.directory);
      expect(seen).toBe("realrealfile");
    });
  });

const privately = ["unshare", "--mount", "--propagation", "private"] as const;
const cannotMount =
  process.geteuid?.() !== 0
    ? " (skipped: needs root)"
    : spawnSync(privately[0], ["--version"]).error
      ? " (skipped: no unshare)"
      : "";
const [lane] = lanes.filter(({ kind }) => kind === "root");

describe.skipIf(cannotMount !== "" || lane === undefined)(
  `file systems of the host below a mount${cannotMount}`,
  () => {
    if (lane === undefined) return;
    const at = useHost(lane, { wrapper: privately });

    test("give no sight of the host's processes", async () => {
      const seen = await at.evaluate(async ({ library, create, spawn, once, fs, codeOf }, directory) => {
        fs.mkdirSync(`${directory}/chroot/proc`, { recursive: true });
        await once(spawn("mount", ["-t", "proc", "proc", `${directory}/chroot/proc`]), "close");
        const mounts = [{ source: `${directory}/chroot`, target: "/workspace", access: "ro" }] as const;
        try {
          // Refused or left out: both are safe.
          const sandbox = await create({ mounts });
          const run = await sandbox.commands.run(["cat", `/workspace/proc/${process.pid}/cmdline`]);
          await sandbox.kill();
          return {
            inside: run.stdout,
            control: fs.readFileSync(`${directory}/chroot/proc/${process.pid}/cmdline`, "utf8"),
          };
        } catch (error) {
          return {
            inside: error instanceof library.SandboxError ? "" : String(error),
            control: await codeOf(Promise.resolve("refused")),
          };
        }
      }, at.host.directory);
      expect(seen.inside).toBe("");
      expect(seen.control).not.toBe("");
    });

    test("do not appear in a sandbox when they are mounted later", async () => {
      const seen = await at.evaluate(async ({ withSandbox, output, spawn, once, fs }, directory) => {
        const run = async (...words: string[]) => once(spawn(words[0] ?? "", words.slice(1)), "close");
        const source = fs.mkdtempSync(`${directory}/shared-`);
        await run("mount", "-t", "tmpfs", "none", source);
        await run("mount", "--make-shared", source);
        fs.mkdirSync(`${source}/later`);
        return withSandbox({ mounts: [{ source, target: "/workspace", access: "ro" }] }, async (sandbox) => {
          await run("mount", "-t", "tmpfs", "none", `${source}/later`);
          fs.chmodSync(`${source}/later`, 0o777);
          fs.writeFileSync(`${source}/later/file`, "of the host");
          const inside = await output(sandbox, "ls later; echo x > later/written || true");
          return { inside, outside: fs.readdirSync(`${source}/later`) };
        });
      }, at.host.directory);
      expect(seen).toEqual({ inside: "", outside: ["file"] });
    });
  },
);
