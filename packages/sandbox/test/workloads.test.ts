import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";
import { pnpmTest, type Workload, workloads } from "./support/workloads.ts";

const boundMs = 120_000;
const insidePath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** What Node asks for at its start, and npm of Node; both do without. */
const unneeded = ["io_uring_setup", "socket(AF_NETLINK)"];

/** What this machine lacks for a workload, as the end of a title. */
function lackOf({ programs, needs }: Workload): string {
  const missing = programs.filter((program) => !insidePath.some((path) => existsSync(join(path, program))));
  if (missing.length > 0) return ` (skipped: ${missing.join(", ")} not installed)`;
  if (needs === undefined) return "";
  const [program, ...args] = needs.check;
  const { status } = spawnSync(program, args, { env: { PATH: insidePath.join(delimiter) } });
  return status === 0 ? "" : ` (skipped: without ${needs.what})`;
}

/** A pnpm that needs nothing beside it. */
function standalonePnpm(): string | undefined {
  const found = (process.env.PATH ?? "").split(delimiter).map((path) => join(path, "pnpm"));
  const elf = "\x7fELF";
  return found
    .filter(existsSync)
    .map((path) => realpathSync(path))
    .find((path) => readFileSync(path).subarray(0, elf.length).toString("latin1") === elf);
}

const pnpm = standalonePnpm();
const withoutPnpm = pnpm === undefined ? " (skipped: no standalone pnpm in PATH)" : "";

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`under the default filter and limits, ${lane.title}`, () => {
    const host = useHost(lane);

    /** Runs a script in a new sandbox and an empty directory. */
    function run(script: string, options: { readonly pnpm?: string; readonly memoryMb?: number } = {}) {
      return host.evaluate(
        async ({ withSandbox, withNode, fs }, { directory, memoryMb, pnpm, script, boundMs }) => {
          const workspace = fs.mkdtempSync(`${directory}/workspace-`);
          const mounts = [
            { source: workspace, target: "/workspace", access: "rw" as const },
            ...(pnpm === undefined ? [] : [{ source: pnpm, target: "/opt/pnpm", access: "ro" as const }]),
            ...(withNode.mounts ?? []),
          ];
          const limits = memoryMb === undefined ? {} : { memoryMb };
          return withSandbox({ mounts, limits }, (sandbox) =>
            sandbox.commands.run(["bash", "-c", `set -e -o pipefail\n${script}`], { timeoutMs: boundMs }),
          );
        },
        { script, boundMs, directory: host.host.directory, ...options },
      );
    }

    for (const workload of workloads) {
      const lack = lackOf(workload);
      test.skipIf(lack !== "")(
        `${workload.title}${lack}`,
        async () => {
          const { script, memoryMbWithoutGroup: memoryMb } = workload;
          const more = lane.enforce === "best-effort" && memoryMb !== undefined ? { memoryMb } : {};
          const { exitCode, stdout, stderr, denied } = await run(script, more);
          const output = stdout.replace(/(?<=pip from \S+\/lib\/)\S+/, "VERSION");
          expect({ exitCode, output, stderr }).toMatchObject({ exitCode: 0, output: workload.prints });
          expect(denied.map(({ what }) => what).filter((what) => !unneeded.includes(what))).toEqual([]);
        },
        boundMs,
      );
    }

    const withoutGit = existsSync("/usr/bin/git") ? "" : " (skipped: git not installed)";
    test.skipIf(withoutGit !== "")(
      `git clones a repository of the host's that it may only read${withoutGit}`,
      async () => {
        const seen = await host.evaluate(async ({ withSandbox, output, fs, spawn, once }, directory) => {
          const repository = fs.mkdtempSync(`${directory}/repository-`);
          const commit = "-c user.name=H -c user.email=h@example.org commit --quiet --message=first";
          const make = `git init --quiet && echo made outside > file && git add file && git ${commit}`;
          const env = { PATH: "/usr/bin:/bin", HOME: directory };
          await once(spawn("sh", ["-c", make], { cwd: repository, env, stdio: "ignore" }), "exit");
          const mounts = [{ source: repository, target: "/repository", access: "ro" as const }];
          return withSandbox({ mounts }, async (sandbox) => ({
            clone: await output(
              sandbox,
              "git clone --quiet /repository copy && cd copy && git log --format=%an && cat file",
            ),
            change: (await sandbox.commands.run("git -C /repository tag mine")).exitCode,
          }));
        }, host.host.directory);
        expect(seen).toEqual({ clone: "H\nmade outside", change: 128 });
      },
    );

    test.skipIf(pnpm === undefined)(
      `pnpm runs the tests of a small project${withoutPnpm}`,
      async () => {
        // Where a lane's user can read it.
        const copy = join(host.host.directory, "pnpm");
        copyFileSync(pnpm ?? "", copy);
        const { exitCode, stdout, stderr } = await run(pnpmTest.script, { pnpm: copy });
        expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0, stdout: pnpmTest.prints });
      },
      boundMs,
    );

    test("a build that does not end is ended at its time with all that it started", async () => {
      const seen = await host.evaluate(async ({ withSandbox, output }, directory) => {
        const makefile = "all: a b c\n%:\n\t@sleep 1000 | cat\n";
        const mounts = [{ source: directory, target: "/workspace", access: "rw" as const }];
        return withSandbox({ mounts }, async (sandbox) => {
          const { timedOut, exitCode } = await sandbox.commands.run(
            ["bash", "-c", `printf '%b' "$0" > endless.mk; make --jobs=3 --file=endless.mk`, makefile],
            { timeoutMs: 500 },
          );
          const left = await output(sandbox, ["sh", "-c", "set -- /proc/[0-9]*; echo $#"]);
          return { timedOut, exitCode, left };
        });
      }, host.host.directory);
      expect(seen).toEqual({ timedOut: true, exitCode: null, left: "2" }); // PID 1, and the shell that looks
    });
  });
