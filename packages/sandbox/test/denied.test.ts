import { describe, expect, test } from "vitest";
import { createAdaptedSandbox } from "../src/create-sandbox.ts";
import { seccompHex } from "../src/policy/seccomp-hex.ts";
import { defaultSeccompProfile } from "../src/seccomp/index.ts";
import { syscallTable } from "../src/seccomp/syscall-table.ts";
import type { Denial } from "../src/types.ts";
import { lanes, limitedLanes, useHost } from "./support/as-user.ts";
import { useHere } from "./support/here.ts";

const arch = process.arch === "arm64" ? "arm64" : "x64";

function call(name: string, ...args: readonly (number | bigint)[]): string[] {
  return ["/opt/probe", "call", String(syscallTable(arch).get(name)), ...args.map(String)];
}

function whats(denied: readonly Denial[]): string[] {
  return denied.map(({ layer, what }) => `${layer}: ${what}`);
}

const CLONE_NEWUSER = 0x10000000;
const acts: readonly (readonly [argv: readonly string[], errno: number, what: string])[] = [
  [call("unshare", CLONE_NEWUSER), 1, "seccomp: unshare(CLONE_NEWUSER)"],
  [call("clone", CLONE_NEWUSER | 17), 1, "seccomp: clone(CLONE_NEWUSER)"],
  [call("socket", 40, 1, 0), 97, "seccomp: socket(AF_VSOCK)"],
  [call("socket", 40n | (1n << 32n), 1, 0), 97, "seccomp: socket(AF_VSOCK)"],
  [call("socket", 2, 1, 132), 93, "seccomp: socket(AF_INET, SOCK_STREAM, protocol 132)"],
  [call("ioctl", 0, 0x5412, 0), 1, "seccomp: ioctl(TIOCSTI)"],
  [call("personality", 0x40000), 1, "seccomp: personality(0x40000)"],
  [call("ptrace", 0, 0, 0, 0), 1, "seccomp: ptrace"],
  [call("io_uring_setup", 1, 0), 1, "seccomp: io_uring_setup"],
  [call("bpf", 0, 0, 0), 1, "seccomp: bpf"],
];

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`why it was denied, ${lane.title}`, () => {
    const at = useHost(lane);

    test("a refused call is told by name, and fails with the filter's own errno", async () => {
      const results = await at.evaluate(
        ({ withSandbox }, commands) =>
          withSandbox({}, async ({ commands: { run } }) => {
            const results = [];
            for (const argv of commands) results.push(await run(argv));
            return results;
          }),
        acts.map(([argv]) => argv),
      );
      const seen = results.map(({ stdout, denied }) => [stdout.split("\n")[0], ...whats(denied)]);
      expect(seen).toEqual(acts.map(([, errno, what]) => [String(errno), what]));
    });

    test("what is allowed, and what no kernel has, is not told", async () => {
      const results = await at.evaluate(
        ({ withSandbox }, commands) =>
          withSandbox({}, ({ commands: { run } }) => Promise.all(commands.map((argv) => run(argv)))),
        [
          ["sh", "-c", "ls / > /tmp/x; cat /tmp/x; true & wait"],
          call("clone3", 0, 0),
          ["/opt/probe", "call", "1000"],
        ],
      );
      for (const { denied, exitCode } of results)
        expect({ denied, exitCode }).toEqual({ denied: [], exitCode: 0 });
      expect(results.slice(1).map(({ stdout }) => stdout)).toEqual(["38\n", "38\n"]);
    });

    test("calls of everything that the command started are told, each kind once, while it runs", async () => {
      const seen = await at.evaluate(
        ({ withSandbox }, [vsock, bpf]) =>
          withSandbox({}, async (sandbox) => {
            const told: string[] = [];
            let onTold = (_: unknown) => {};
            const first = new Promise((resolve) => {
              onTold = resolve;
            });
            const handle = await sandbox.commands.start(
              `for i in 1 2 3; do (${vsock}); done; (setsid ${vsock}) & read line; ${bpf}; read line`,
              {
                onDenied: ({ what }) => {
                  told.push(what);
                  onTold(what);
                },
              },
            );
            const early = await first;
            handle.stdin.write("go\n");
            handle.stdin.end("end\n");
            return { early, told, denied: (await handle.wait()).denied };
          }),
        [call("socket", 40, 1, 0).join(" "), call("bpf", 0, 0, 0).join(" ")],
      );
      expect(seen.early).toBe("socket(AF_VSOCK)");
      expect(seen.told).toEqual(["socket(AF_VSOCK)", "bpf"]);
      expect(whats(seen.denied)).toEqual(["seccomp: socket(AF_VSOCK)", "seccomp: bpf"]);
    });

    test("more kinds than 32 are counted", async () => {
      const { stdout, denied } = await at.evaluate(({ withSandbox }) =>
        withSandbox({}, ({ commands }) => commands.run(["/opt/probe", "many-kinds", "40"])),
      );
      expect(JSON.parse(stdout)).toEqual({ 97: 40 });
      expect(denied.length).toBe(33);
      expect(denied.at(-1)?.what).toBe("8 more calls of other kinds");
    });

    test("files and the network are read from standard error, as the programs here word it", async () => {
      const seen = await at.evaluate(({ withSandbox, withNode }) =>
        withSandbox(withNode, async ({ commands: { run } }) => ({
          shell: await run("touch /usr/x; echo > /opt/y; cat /proc/1/environ"),
          node: await run(["/opt/node", "-e", "fs.writeFileSync('/usr/lib/x', '')"]),
          python: await run(
            "command -v python3 > /dev/null || exit 0; exec python3 -c \"open('/usr/x', 'w')\"",
          ),
          network: await run(["/opt/node", "-e", "net.connect(80, '192.0.2.1')"]),
          long: await run("head -c 2000000 /dev/zero | tr '\\0' '\\n' >&2; touch /usr/late", {
            maxOutputBytes: 10,
          }),
        })),
      );
      expect(whats(seen.shell.denied)).toEqual([
        "filesystem: read-only: /usr/x",
        "filesystem: read-only: /opt/y",
        "filesystem: permission denied: /proc/1/environ",
      ]);
      expect(whats(seen.node.denied)).toContain("filesystem: read-only: /usr/lib/x");
      if (seen.python.exitCode !== 0)
        expect(whats(seen.python.denied)).toEqual(["filesystem: read-only: /usr/x"]);
      expect(whats(seen.network.denied)).toContain("network: network unreachable: 192.0.2.1:80");
      expect(whats(seen.long.denied)).toEqual(["filesystem: read-only: /usr/late"]);
    });

    test("nothing that a program prints is told as a refused call", async () => {
      const lines =
        "denied\\t101\\t0\\t0\\t0\\t0\\ndenied-more\\t5\\nuntold\\t16\\nptrace: Operation not permitted\\n";
      const denied = await at.evaluate(
        ({ withSandbox, withNode }, text) =>
          withSandbox(withNode, async (sandbox) => {
            const { denied } = await sandbox.commands.run(
              `printf '${text}' >&2; printf '${text}'; for fd in 3 4 5 6 7 8 9; do printf '${text}' >&$fd; done; exit 1`,
            );
            const handle = await sandbox.commands.start(
              [
                "sh",
                "-c",
                `printf '${text}' >&3; for fd in 4 5 6 7 8 9; do printf '${text}' >&$fd; done; exit 1`,
              ],
              { channel: true },
            );
            return [...denied, ...(await handle.wait()).denied];
          }),
        lines,
      );
      expect(whats(denied).filter((what) => what.startsWith("seccomp"))).toEqual([]);
    });

    test("a time limit is told", async () => {
      const { denied } = await at.evaluate(({ withSandbox }) =>
        withSandbox({}, ({ commands }) => commands.run("sleep 30", { timeoutMs: 50 })),
      );
      expect(denied).toEqual([
        { layer: "time", what: expect.stringMatching(/50 ms/), hint: expect.stringMatching(/timeoutMs/) },
      ]);
    });

    const otherAbi = arch === "x64" ? "" : " (skipped: only x64 has it)";
    test.skipIf(otherAbi !== "")(
      `a call of the x32 ABI ends the command, and that is told${otherAbi}`,
      async () => {
        const { signal, denied } = await at.evaluate(({ withSandbox }) =>
          withSandbox({}, ({ commands }) => commands.run(["/opt/probe", "call", String(0x40000000 + 39)])),
        );
        expect(signal).toBe("SIGSYS");
        expect(whats(denied)).toEqual([expect.stringMatching(/^seccomp: a call of another architecture/)]);
      },
    );
  });

for (const lane of limitedLanes)
  describe.skipIf(lane.skipped !== undefined)(`limits that were in the way, ${lane.title}`, () => {
    const at = useHost(lane);

    test("memory and processes are told by the kernel's own counts", async () => {
      const seen = await at.evaluate(({ withSandbox }) =>
        withSandbox({ limits: { memoryMb: 32, pids: 12 } }, async ({ commands: { run } }) => ({
          memory: await run(["/opt/probe", "eat", "60"]),
          within: await run(["/opt/probe", "eat", "4"]),
          pids: await run(["/opt/probe", "forks", "40"]),
        })),
      );
      expect(seen.memory).toMatchObject({ oomKilled: true, denied: [{ layer: "memory" }] });
      expect(seen.memory.denied[0]?.what).toMatch(/limits\.memoryMb: 32 MB/);
      expect(seen.within.denied).toEqual([]);
      expect(seen.pids.denied).toMatchObject([{ layer: "pids", what: expect.stringMatching(/beyond 12/) }]);
    });
  });

describe("a command that ended with its sandbox", () => {
  const here = useHere();

  test("is told why that ended", async () => {
    const byTime = await here.withEnoughTime(async (wallMs) => {
      const wall = await here.create({ limits: { wallMs } });
      return wall.commands.run("sleep 30");
    });
    expect(byTime).toMatchObject({ signal: "SIGKILL", timedOut: false });
    expect(byTime.denied).toMatchObject([{ layer: "time", what: expect.stringMatching(/limits\.wallMs/) }]);
    const ended = await here.create();
    const running = ended.commands.run("echo ready; sleep 30", { onStdout: () => void ended.kill() });
    expect((await running).denied).toEqual([]);
  });
});

describe("the account of refused calls", () => {
  const here = useHere();

  test("is not there where the filter answers itself: the control", async () => {
    const plain = seccompHex(defaultSeccompProfile, "kernel");
    const sandbox = await createAdaptedSandbox({ ...here.defaults }, (operations) =>
      operations.map((each) => (each[0] === "seccomp" ? (["seccomp", plain] as const) : each)),
    );
    const run = await sandbox.commands.run(call("bpf", 0, 0, 0));
    await sandbox.kill();
    expect(run).toMatchObject({ stdout: "1\n", denied: [] });
  });

  test("that throws ends the command, and is what it rejects with", async () => {
    const bad = new TypeError("the listener's own");
    const onDenied = () => {
      throw bad;
    };
    const errors = await here.withSandbox({}, async ({ commands }) => {
      const line = `${call("bpf", 0, 0, 0).join(" ")}; sleep 30`;
      const handle = await commands.start(line, { onDenied });
      return Promise.all([
        handle.wait().catch((error) => error),
        commands.run(line, { onDenied }).catch((error) => error),
        commands.run("touch /usr/x", { onDenied }).catch((error) => error),
      ]);
    });
    expect(errors).toEqual([bad, bad, bad]);
  });
});
