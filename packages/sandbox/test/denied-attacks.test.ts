import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { errorCode, findCgroupDriver } from "../src/cgroup/index.ts";
import { createAdaptedSandbox } from "../src/create-sandbox.ts";
import { seccompHex } from "../src/policy/seccomp-hex.ts";
import { defaultSeccompProfile } from "../src/seccomp/index.ts";
import { syscallTable } from "../src/seccomp/syscall-table.ts";
import type { Sandbox } from "../src/types.ts";
import { useHere } from "./support/here.ts";
import { statusOf } from "./support/traces.ts";

const here = useHere();
const arch = process.arch === "arm64" ? "arm64" : "x64";
const unprivileged = process.geteuid?.() !== 0;

/** `native/notify.c` */
const burst = 1024;
const answersPerMs = 1;
interface Flood {
  readonly elapsedMs: number;
  readonly errnos: Readonly<Record<string, number>>;
}

function launcherOf(pid: number): number {
  return Number(statusOf(pid)?.get("PPid"));
}

/** Processor time of a process, in milliseconds. */
function cpuMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
}

function allowed(elapsedMs: number): number {
  return burst + elapsedMs * answersPerMs;
}

/** Runs the probe and looks at its launcher's processor time before it lets it go. */
async function launcherTime(sandbox: Sandbox, words: string): Promise<{ text: string; launcherMs: number }> {
  const handle = await sandbox.commands.start(`/opt/probe ${words}; echo; echo told; read line`);
  const text = await here.waitForText(handle, "told");
  const launcherMs = cpuMs(launcherOf(handle.pid));
  handle.stdin.end("end\n");
  await handle.wait();
  return { text: text.replace("told", ""), launcherMs };
}

async function floodOnce(sandbox: Sandbox): Promise<Flood & { readonly launcherMs: number }> {
  const { text, launcherMs } = await launcherTime(sandbox, "flood 64 1000");
  return { ...(JSON.parse(text) as Flood), launcherMs };
}

describe("a flood of refused calls from 64 processes", () => {
  test("waits for its answers: the host's processor has a bound that no limit of the sandbox sets", async () => {
    const { flood, answers } = await here.withSandbox({}, async (sandbox) => ({
      answers: await launcherTime(sandbox, `many-kinds ${burst}`),
      flood: await floodOnce(sandbox),
    }));
    const calls = Object.values(flood.errnos).reduce((sum, count) => sum + count, 0);
    expect(Object.keys(flood.errnos)).toEqual(["1"]);
    // Each process may have one more on the way when the time is over.
    expect(calls).toBeLessThanOrEqual(allowed(flood.elapsedMs) + 64);
    expect(calls).toBeGreaterThan(burst);
    // What so many answers cost here, with room for a machine that is busy now and was not before.
    expect(flood.launcherMs).toBeLessThan(5 * (calls / burst) * answers.launcherMs);

    const plain = seccompHex(defaultSeccompProfile, "kernel");
    const control = await createAdaptedSandbox({ ...here.defaults }, (operations) =>
      operations.map((each) => (each[0] === "seccomp" ? (["seccomp", plain] as const) : each)),
    );
    const free = await floodOnce(control);
    await control.kill();
    expect(free.errnos["1"]).toBeGreaterThan(3 * allowed(free.elapsedMs));
  });

  test("keeps neither output, nor signals, nor the time limit, nor other commands from working", async () => {
    await here.withSandbox({}, async (sandbox) => {
      const { run, start } = sandbox.commands;
      const noisy = "/opt/probe flood 64 0 > /dev/null & ";
      const output = await run(`${noisy} head -c 3000000 /dev/zero; kill -9 -1`, { maxOutputBytes: 4e6 });
      expect(output.stdout.length).toBe(3e6);
      const timed = await run(`${noisy} sleep 30`, { timeoutMs: 300 });
      expect(timed).toMatchObject({ timedOut: true, signal: "SIGKILL" });
      const handle = await start(`trap 'echo got' USR1; ${noisy} echo ready; while :; do sleep 0.01; done`);
      await here.waitForText(handle, "ready");
      await handle.kill("SIGUSR1");
      expect(await here.waitForText(handle, "got")).toContain("got");
      expect((await run("echo beside")).stdout).toBe("beside\n");
      await handle.kill();
      expect(await handle.wait()).toMatchObject({ signal: "SIGKILL" });
      expect(await here.output(sandbox, ["/opt/probe", "processes"])).toBe("[]");
    });
  });
});

/** Nothing of a descriptor that was closed meanwhile: a child that has just begun closes some as it goes on. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "";
    throw error;
  }
}

describe("refused calls", () => {
  test("of processes that are killed meanwhile, of threads and under signals are refused all the same", async () => {
    await here.withSandbox({}, async ({ commands: { run } }) => {
      expect((await run(["/opt/probe", "killed-callers", "40"])).stdout).toBe("1\n");
      const threads = await run(["/opt/probe", "threads", "32"]);
      expect(JSON.parse(threads.stdout)).toEqual({ 1: 640 });
      // EINTR where the signal came before the answer was on its way.
      const interrupted = await run(["/opt/probe", "interrupted", "300"]);
      expect(["1", "4"]).toEqual(expect.arrayContaining(Object.keys(JSON.parse(interrupted.stdout))));
      expect(interrupted.denied).toMatchObject([{ what: "unshare(CLONE_NEWUSER)" }]);
    });
  });

  test.skipIf(unprivileged)(
    `go on when the sandbox was frozen in the middle of them${unprivileged ? " (skipped: needs root)" : ""}`,
    async () => {
      await here.withSandbox({}, async (sandbox) => {
        const [, directory = ""] =
          /freezer:(.*)$/m.exec(readFileSync(`/proc/${sandbox.pid}/cgroup`, "utf8")) ??
          /^0::(.*)$/m.exec(readFileSync(`/proc/${sandbox.pid}/cgroup`, "utf8")) ??
          [];
        const cgroup = findCgroupDriver().adopt(basename(directory));
        const flood = sandbox.commands.run(["/opt/probe", "flood", "32", "600"]);
        for (let round = 0; round < 5; round++) {
          await cgroup.freeze();
          cgroup.thaw();
        }
        const { stdout, exitCode } = await flood;
        expect(exitCode).toBe(0);
        expect(Object.keys(JSON.parse(stdout).errnos)).toEqual(["1"]);
      });
    },
  );

  test("are not let through by filters of the program's own", async () => {
    await here.withSandbox({}, async ({ commands: { run } }) => {
      const nested = await run(["/opt/probe", "nested"]);
      expect(JSON.parse(nested.stdout)).toEqual({
        ...{ listener: 1, highBit: 1 },
        ...{ allow: 0, afterAllow: 1 },
        ...{ trace: 0, afterTrace: 1 },
        ...{ notify: 0, afterNotify: 38 },
        ...{ own: 0, afterOwn: 7 },
      });
    });
    // The control: outside, the kernel takes the flag and stumbles over the missing program.
    const words = [String(syscallTable(arch).get("seccomp")), "1", "8", "0"];
    expect(here.outside("call", ...words)).toBe("14");
  });

  test("of a process that outlives its command, or whose launcher was killed, give ENOSYS", async () => {
    const mounts = [{ source: here.directory, target: "/workspace", access: "rw" }] as const;
    await here.withSandbox({ mounts }, async (sandbox) => {
      const errnoOf = async (name: string) => {
        writeFileSync(join(here.directory, `${name}.go`), "");
        const path = join(here.directory, name);
        let text = "";
        const read = () => {
          try {
            text = readFileSync(path, "utf8");
          } catch {
            return false;
          }
          return true;
        };
        expect(await here.until(read)).toBe(true);
        return text;
      };
      const during = await sandbox.commands.start("/opt/probe linger /workspace/during; read line");
      expect(await errnoOf("during")).toBe("1");
      during.stdin.end("end\n");
      await during.wait();

      await sandbox.commands.run("/opt/probe linger /workspace/after");
      expect(await errnoOf("after")).toBe("38");

      const orphaned = await sandbox.commands.start(
        "/opt/probe linger /workspace/orphaned; echo ready; read line",
      );
      await here.waitForText(orphaned, "ready");
      process.kill(launcherOf(orphaned.pid), "SIGKILL");
      await orphaned.wait();
      expect(await errnoOf("orphaned")).toBe("38");
    });
  });

  test("are heard by the launcher alone: the listener is in no process of the sandbox", async () => {
    await here.withSandbox({}, async (sandbox) => {
      const handle = await sandbox.commands.start("sleep 30 & echo ready; read line", { channel: true });
      await here.waitForText(handle, "ready");
      const links = (pid: number | string) =>
        readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
      const [child = ""] = readFileSync(`/proc/${handle.pid}/task/${handle.pid}/children`, "utf8").split(" ");
      for (const pid of [handle.pid, child, sandbox.pid])
        expect(links(pid).filter((link) => link.includes("seccomp"))).toEqual([]);
      expect(links(launcherOf(handle.pid))).toContain("anon_inode:seccomp notify");
      await handle.kill();
    });
  });
});
