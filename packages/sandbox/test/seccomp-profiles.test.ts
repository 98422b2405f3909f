import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { syscallTable } from "../src/seccomp/syscall-table.ts";
import { lanes, useHost } from "./support/as-user.ts";

const { EPERM, EAFNOSUPPORT } = constants.errno;
const arch = process.arch === "arm64" ? "arm64" : "x64";

function call(name: string, ...args: readonly (number | bigint | string)[]): string[] {
  return ["/opt/probe", "call", String(syscallTable(arch).get(name)), ...args.map(String)];
}

const highBit = 1n << 32n;
const forkFlags = 17;

/** What a program tries, its errno under `strict`, and that under `default`: the control. */
const acts: readonly (readonly [what: string, argv: readonly string[], strict: number, byDefault: number])[] =
  [
    ["a process", call("clone", forkFlags, 0, 0, 0, 0), EPERM, 0],
    ["a Unix socket", call("socket", 1, 1, 0), EPERM, 0],
    ["a Unix datagram socket with a high bit", call("socket", 1n | highBit, 2, 0), EPERM, 0],
    ["a TCP socket", call("socket", 2, 1, 6), EPERM, 0],
    ["a UDP socket", call("socket", 10, 2, 17), EPERM, 0],
    ["connecting descriptor 0", call("connect", 0, 0, 0), EPERM, constants.errno.ENOTSOCK],
    ["accepting on descriptor 0", call("accept4", 0, 0, 0, 0), EPERM, constants.errno.ENOTSOCK],
    ["a pair that sends datagrams", call("socketpair", 1, 2, 0, "/two-descriptors"), EPERM, 0],
    ["a pair of streams", call("socketpair", 1, 1, 0, "/two-descriptors"), 0, 0],
    ["a vsock", call("socket", 40, 1, 0), EPERM, EAFNOSUPPORT],
  ];

const nodeThreads = `
  const { Worker } = require("node:worker_threads");
  const fs = require("node:fs");
  new Worker("require('node:worker_threads').parentPort.postMessage(6 * 7)", { eval: true }).once("message", (n) => {
    fs.writeFileSync("/tmp/n", String(n));
    console.log(fs.readFileSync("/tmp/n", "utf8"));
  });`;

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`a chosen filter, ${lane.title}`, () => {
    const at = useHost(lane);

    test("strict refuses processes and sockets, which the default allows", async () => {
      const seen = await at.evaluate(
        async ({ withSandbox, output }, commands) => {
          const tryAll = (seccomp: "default" | "strict") =>
            withSandbox({ seccomp }, async (sandbox) => {
              const errnos: number[] = [];
              for (const argv of commands) errnos.push(Number((await output(sandbox, argv)).split("\n")[0]));
              return errnos;
            });
          return { strict: await tryAll("strict"), byDefault: await tryAll("default") };
        },
        acts.map(([, argv]) => argv),
      );
      const name = (errnos: number[]) => acts.map(([what], index) => `${what}: ${errnos[index]}`);
      expect(name(seen.strict)).toEqual(acts.map(([what, , strict]) => `${what}: ${strict}`));
      expect(name(seen.byDefault)).toEqual(acts.map(([what, , , byDefault]) => `${what}: ${byDefault}`));
    });

    test("strict runs Node with threads, exec and the channel, and no child of Node's", async () => {
      const seen = await at.evaluate(
        ({ withSandbox, withNode, waitForText }, script) =>
          withSandbox({ ...withNode, seccomp: "strict", limits: { memoryMb: 1536 } }, async (sandbox) => {
            const threads = await sandbox.commands.run(["/opt/node", "-e", script]);
            const exec = await sandbox.commands.run("exec /opt/node -p 1+1");
            const child = await sandbox.commands.run([
              "/opt/node",
              "-p",
              "require('node:child_process').spawnSync('/bin/true').error.code",
            ]);
            const channel = await sandbox.commands.start(["/opt/probe", "fds"], { channel: true });
            const layer = sandbox.layers.find(({ name }) => name === "seccomp")?.detail;
            return { threads, exec, child, channel: await waitForText(channel, "3"), layer };
          }),
        nodeThreads,
      );
      expect(seen.threads).toMatchObject({ exitCode: 0, stdout: "42\n", stderr: "" });
      expect(seen.exec).toMatchObject({ exitCode: 0, stdout: "2\n" });
      expect(seen.child.stdout).toBe("EPERM\n");
      expect(seen.channel.trim()).toBe("0 1 2 3");
      expect(seen.layer).toMatch(/^profile strict: allow-list of \d+ instructions$/);
    });

    test("a custom one may refuse what the launcher and PID 1 do, and allow a debugger's call", async () => {
      const traceMe = call("ptrace", 0, 0, 0, 0);
      const seen = await at.evaluate(
        async ({ create, output }, [trace, ...words]) => {
          const deny = [
            "chdir",
            "setsid",
            "prctl",
            "seccomp",
            "dup3",
            "fcntl",
            "ppoll",
            "wait4",
            "close_range",
          ];
          const sandbox = await create({ seccomp: { extends: "default", allow: ["ptrace"], deny } });
          const plain = await create();
          const custom = {
            trace: await output(sandbox, trace ?? []),
            cwd: await output(sandbox, ["/bin/pwd"]),
            refused: await Promise.all(words.map((argv) => output(sandbox, argv))),
            layer: sandbox.layers.find(({ name }) => name === "seccomp")?.detail,
          };
          const control = {
            trace: await output(plain, trace ?? []),
            allowed: await Promise.all(words.map((argv) => output(plain, argv))),
          };
          await Promise.all([sandbox.kill(), plain.kill()]);
          return { custom, control, end: await sandbox.closed };
        },
        [traceMe, call("chdir", "/tmp"), call("fcntl", 0, 1)] as string[][],
      );
      expect(seen.custom).toMatchObject({ trace: "0", cwd: "/home/agent" });
      expect(seen.custom.refused).toEqual([String(EPERM), String(EPERM)]);
      expect(seen.custom.layer).toMatch(/^profile custom on default:/);
      expect(seen.control.trace).toBe(String(EPERM));
      expect(seen.control.allowed).toEqual(["0", "0"]);
      expect(seen.end.reason).toBe("killed");
    });

    test("what no profile may change is an error that says why", async () => {
      const errors = await at.evaluate(({ library: { createSandbox } }) =>
        Promise.all(
          [{ allow: ["setns"] }, { deny: ["execve"] }, { deny: ["opne"] }].map((lists) =>
            createSandbox({ seccomp: { extends: "strict", ...lists } }).then(
              () => "started",
              (error) => `${error.code}: ${error.message}`,
            ),
          ),
        ),
      );
      expect(errors).toEqual([
        expect.stringMatching(/^SANDBOX_OPTION: seccomp: "setns" may not be allowed: .*namespace/),
        expect.stringMatching(/^SANDBOX_OPTION: seccomp: "execve" may not be denied: .*started/),
        expect.stringMatching(/^SANDBOX_OPTION: seccomp: "opne" is no system call/),
      ]);
    });
  });
