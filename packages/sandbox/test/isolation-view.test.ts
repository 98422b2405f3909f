import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

/** Of the host, each with what it would give away. */
const hostPlaces = [
  "/root",
  "/etc/shadow",
  "/etc/ssh",
  "/boot",
  "/sys",
  "/run",
  "/var/lib",
  "/var/log",
  "/proc/sys/fs/binfmt_misc/register",
  homedir(),
  process.cwd(),
  import.meta.dirname,
  ...readdirSync("/home").map((user) => `/home/${user}`),
];

/** Of those that a kernel has, some are for its root only. */
const maskedProc = [
  "interrupts",
  "kallsyms",
  "kcore",
  "key-users",
  "keys",
  "kmsg",
  "sched_debug",
  "timer_list",
];

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`what a sandbox sees, ${lane.title}`, () => {
    const at = useHost(lane);

    test("its own processes and no other", async () => {
      const seen = await at.evaluate(({ withSandbox, output, fs }) =>
        withSandbox({}, async (sandbox) => {
          const handle = await sandbox.commands.start(["/opt/probe", "stay", "plain"]);
          const names = await output(sandbox, "cat /proc/[0-9]*/comm");
          return { own: handle.pid, names: names.split("\n"), outside: fs.existsSync(`/proc/${handle.pid}`) };
        }),
      );
      expect(seen.names.sort()).toEqual(["cloison-launche", "probe", "probe", "sh"]);
      expect(seen.outside).toBe(true);
    });

    test("no place of the host's but its programs and libraries", async () => {
      const places = [...hostPlaces, at.host.directory];
      const found = await at.evaluate(
        ({ withSandbox, fs }, paths) =>
          withSandbox({}, async (sandbox) => {
            const inside: string[] = [];
            for (const path of paths)
              if ((await sandbox.commands.run(["ls", "-d", path])).exitCode === 0) inside.push(path);
            return { inside, outside: paths.filter((path) => fs.existsSync(path)) };
          }),
        places,
      );
      expect(found.inside).toEqual([]);
      expect(found.outside).toContain(at.host.directory);
      expect(found.outside.length).toBeGreaterThan(3);
    });

    test("a root of its own with nothing above it", async () => {
      const seen = await at.evaluate(({ withSandbox, output }) =>
        withSandbox({}, async (sandbox) => ({
          root: await output(sandbox, "ls -A /"),
          above: await output(sandbox, "cd /.. && ls -A ../../.."),
          procs: await output(sandbox, "grep -c ' - proc ' /proc/self/mountinfo"),
          writableMounts: await output(
            sandbox,
            "awk '$6 ~ /^rw/ && $5 !~ \"^/(dev|proc)/\" { print $5 }' /proc/self/mountinfo | sort",
          ),
        })),
      );
      const top = "bin dev etc home lib lib32 lib64 libx32 nix gnu opt proc sbin tmp usr var".split(" ");
      expect(top).toEqual(expect.arrayContaining(seen.root.split("\n")));
      expect(seen.above).toBe(seen.root);
      expect(seen.procs).toBe("2"); // /proc, and /proc/sys over itself
      expect(seen.writableMounts.split("\n")).toEqual(["/home/agent", "/proc", "/tmp"]);
    });

    test("a system that it cannot write to, and a few places that it can", async () => {
      const refusals = await at.evaluate(({ withSandbox, output }) =>
        withSandbox({}, async (sandbox) => {
          const refusals: string[] = [];
          const places = ["/", "/usr", "/usr/bin", "/etc", "/etc/ssl", "/var", "/dev", "/opt", "/proc/sys"];
          for (const place of places)
            refusals.push((await sandbox.commands.run(`: > ${place}/new`)).stderr.replace(/.*: /, "").trim());
          for (const place of ["/tmp", "/home/agent", "/dev/shm"])
            await output(sandbox, `echo data > ${place}/new && test "$(cat ${place}/new)" = data`);
          return refusals;
        }),
      );
      expect(new Set(refusals.slice(0, -1))).toEqual(new Set(["Read-only file system"]));
      expect(refusals.at(-1)).toMatch(/Read-only|Permission denied|nonexistent|No such/);
    });

    test("/proc without what tells about the host's kernel, and its settings for reading only", async () => {
      const seen = await at.evaluate(
        ({ withSandbox, output, fs }, names) =>
          withSandbox({}, async (sandbox) => ({
            inside: await output(sandbox, `cat ${names.map((name) => `/proc/${name}`).join(" ")} | wc -c`),
            outside: fs.readFileSync("/proc/keys").length + fs.readFileSync("/proc/interrupts").length,
            settings: await output(sandbox, "awk '$5 == \"/proc/sys\" { print $6 }' /proc/self/mountinfo"),
            readable: await output(sandbox, "cat /proc/sys/kernel/ostype"),
            trigger: await output(sandbox, "stat -c %t:%T /proc/sysrq-trigger || echo none"),
            groups: await output(sandbox, "cut -d: -f3 /proc/self/cgroup | sort -u"),
          })),
        maskedProc.filter((name) => readdirSync("/proc").includes(name)),
      );
      expect(seen.inside).toBe("0");
      expect(seen.outside).toBeGreaterThan(0);
      expect(seen.settings).toMatch(/^ro,/);
      expect(seen.readable).toBe("Linux");
      expect(seen.trigger).toMatch(/^(1:3|none)$/); // the null device
      expect(seen.groups).toBe("/");
    });

    test("a name, a user and an environment of its own", async () => {
      const seen = await at.evaluate(({ withSandbox, output }) =>
        withSandbox({ hostname: "of-its-own" }, async (sandbox) => ({
          names: await output(sandbox, "uname -n; cat /etc/hostname; id -un; id -u; id -G; pwd"),
          environment: (await output(sandbox, ["env"])).split("\n").sort(),
          added: (await sandbox.commands.run("echo $ADDED $TERM", { envs: { ADDED: "a b", TERM: "c" } }))
            .stdout,
        })),
      );
      expect(seen.names.split("\n").slice(0, 4)).toEqual(["of-its-own", "of-its-own", "agent", "1000"]);
      expect(seen.names.split("\n").at(-1)).toBe("/home/agent");
      expect(seen.environment.map((line) => line.split("=")[0])).toEqual([
        "HOME",
        "LANG",
        "PATH",
        "TERM",
        "USER",
      ]);
      expect(seen.added).toBe("a b c\n");
    });

    test("a root that does not depend on the host's umask", async () => {
      const seen = await at.evaluate(async ({ withSandbox, output }) => {
        const modes: string[] = [];
        const before = process.umask();
        try {
          for (const umask of [0o077, 0]) {
            process.umask(umask);
            const command = "umask; stat -c %a / /etc /dev /var /tmp";
            modes.push(await withSandbox({}, (sandbox) => output(sandbox, command)));
          }
        } finally {
          process.umask(before);
        }
        return modes;
      });
      expect(new Set(seen)).toEqual(new Set(["0022\n755\n755\n755\n755\n755"]));
    });

    test("its standard streams as devices", async () => {
      const seen = await at.evaluate(({ withSandbox }) =>
        withSandbox({}, async (sandbox) => {
          const run = await sandbox.commands.run(
            "cat /dev/stdin > /dev/stdout; echo e > /dev/stderr; cat /dev/fd/0",
            {
              stdin: "in",
            },
          );
          return {
            stdout: run.stdout,
            stderr: run.stderr,
            null: (await sandbox.commands.run("echo x > /dev/null; cat /dev/null")).stdout,
          };
        }),
      );
      expect(seen).toEqual({ stdout: "in", stderr: "e\n", null: "" });
    });
  });
