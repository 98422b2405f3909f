import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CommandOptions, Sandbox } from "../src/index.ts";
import { useHere } from "./support/here.ts";

const { create, withSandbox, codeOf, output } = useHere();
let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await create();
});
afterEach(() => sandbox?.kill());

/** Written as a caller without types would. */
function untyped<T>(value: unknown): T {
  return value as T;
}

describe("a command", () => {
  test("gives its output, exit code and figures", async () => {
    const run = await sandbox.commands.run("echo out; echo err >&2; exit 7");
    expect(run).toMatchObject({
      exitCode: 7,
      signal: null,
      stdout: "out\n",
      stderr: "err\n",
      timedOut: false,
    });
    expect(run).toMatchObject({ oomKilled: false, truncated: { stdout: 0, stderr: 0 } });
    expect(run.maxRssMb).toBeGreaterThan(0);
    expect(Object.keys(run).length).toBe(11);
  });

  test("as a list is not seen by a shell", async () => {
    const words = ["printf", "%s|", "$HOME", "a b", "'", "*", "", "\n", "ü€\u{1F600}"];
    expect((await sandbox.commands.run(words)).stdout).toBe(`${words.slice(2).join("|")}|`);
  });

  test("runs where and with what it is told", async () => {
    const line = "a\nstdio\nb\t= ";
    const run = await sandbox.commands.run('pwd; printf %s "$LINE"', {
      cwd: "/usr/bin",
      envs: { LINE: line },
    });
    expect(run.stdout).toBe(`/usr/bin\n${line}`);
  });

  test("tells the signal that ended it", async () => {
    expect(await sandbox.commands.run("kill -SEGV $$")).toMatchObject({ exitCode: null, signal: "SIGSEGV" });
  });

  test("that cannot start is an error that tells why, and the sandbox goes on", async () => {
    const failures = [
      await codeOf(sandbox.commands.run(["no-such-program"])),
      await codeOf(sandbox.commands.run(["/etc/passwd"])),
      await codeOf(sandbox.commands.run("true", { cwd: "/no/such/directory" })),
      await codeOf(sandbox.commands.start(["no-such-program"], { channel: true })),
      await codeOf(sandbox.commands.run(["true", "x".repeat(2 ** 18)])), // more than the kernel takes in one
    ];
    expect(failures).toEqual(failures.map(() => "COMMAND_START"));
    expect(await output(sandbox, "echo on")).toBe("on");
  });

  test("that cannot be one is refused, and the sandbox goes on", async () => {
    const run = (command: unknown, options: unknown) =>
      codeOf(sandbox.commands.run(untyped<string>(command), untyped<CommandOptions>(options)));
    const failures = [
      await run("true", null),
      await run(Object.assign(new Array(3), { 0: "echo", 2: "x" }), {}),
      await run("cat", { stdin: 5 }),
      await run("true", { onStdout: 5 }),
      await run("true", { maxOutputBytes: -1 }),
      await run(["true", "x".repeat(5 * 2 ** 20)], {}),
      await run("true", { envs: { LONG: "x".repeat(101 * 2 ** 20) } }),
    ];
    expect(failures).toEqual(failures.map(() => "COMMAND_OPTION"));
    expect(await output(sandbox, "echo on")).toBe("on");
  });

  test("stops the caller's own listener from throwing into nowhere", async () => {
    const thrown = new RangeError("of the listener");
    const run = sandbox.commands.run("echo x; sleep 30", {
      onStdout: () => {
        throw thrown;
      },
      timeoutMs: 5000,
    });
    await expect(run).rejects.toBe(thrown);
  });

  test("is one of fifty at once, each with its own output", async () => {
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    const runs = await Promise.all(
      numbers.map((number) =>
        sandbox.commands.run(`printf ${number}; head -c 20000 /dev/zero | tr '\\0' ${number % 10}`),
      ),
    );
    for (const [number, run] of runs.entries())
      expect(run.stdout === number + String(number % 10).repeat(20_000), `output ${number}`).toBe(true);
  });

  test("can be found among the sandbox's layers and figures", async () => {
    expect(sandbox.layers.map(({ name }) => name)).toContain("seccomp");
    expect(sandbox.layers.map(({ applied }) => applied)).toContain(true);
    expect(await sandbox.stats()).toMatchObject(
      process.geteuid?.() === 0
        ? { enforce: "required", unenforced: [] }
        : { enforce: "best-effort", limitsBy: "rlimits" },
    );
  });
});

describe("a command that is told to end", () => {
  test("by an abort rejects with the reason and leaves nothing running", async () => {
    const reason = new TypeError("enough");
    const controller = new AbortController();
    const run = sandbox.commands.run("sleep 30 & echo started; wait", {
      signal: controller.signal,
      onStdout: () => controller.abort(reason),
    });
    await expect(run).rejects.toBe(reason);
    expect(await output(sandbox, ["/opt/probe", "processes"])).toBe("[]");
  });

  test("before it started does not start", async () => {
    const reason = new TypeError("never");
    await expect(sandbox.commands.run("touch /tmp/ran", { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect((await sandbox.commands.run("test -e /tmp/ran")).exitCode).toBe(1);
  });

  test("by a signal's name gets it with its whole process group", async () => {
    const handle = await sandbox.commands.start(
      "trap 'echo parent' USR1; (trap 'echo child; exit' USR1; echo ready; while :; do sleep 0.05; done) & wait; wait; exit 3",
    );
    let seen = "";
    for await (const chunk of handle.stdout) {
      seen += chunk;
      if (seen === "ready\n") await handle.kill("SIGUSR1");
    }
    expect(seen.split("\n").sort()).toEqual(["", "child", "parent", "ready"]);
    expect(await handle.wait()).toMatchObject({ exitCode: 3, signal: null });
    await handle.kill("SIGTERM"); // does nothing any more
  });

  test("by a name that is no signal is refused", async () => {
    const handle = await sandbox.commands.start("sleep 30");
    const refusal = await codeOf(handle.kill(untyped<NodeJS.Signals>("SIGNONE")));
    await handle.kill();
    expect(await handle.wait()).toMatchObject({ exitCode: null, signal: "SIGKILL", timedOut: false });
    expect(refusal).toBe("COMMAND_OPTION");
  });
});

describe("after the end of its sandbox a command", () => {
  test("that runs is told to have been killed, and a new one is refused", async () => {
    const ended = await create();
    const running = ended.commands.run("sleep 30");
    const handle = await ended.commands.start("sleep 30");
    await Promise.all([ended.kill(), ended.kill(), ended[Symbol.asyncDispose]()]);
    expect(await ended.closed).toMatchObject({ reason: "killed" });
    expect(await codeOf(running.then(({ signal }) => signal))).toMatch(/^(SIGKILL|SANDBOX_CLOSED)$/);
    expect(await handle.wait()).toMatchObject({ signal: "SIGKILL" });
    expect(await codeOf(ended.commands.run("true"))).toBe("SANDBOX_CLOSED");
    expect(await codeOf(ended.commands.start("true"))).toBe("SANDBOX_CLOSED");
    await handle.kill();
  });

  test("says that the sandbox has ended, at whatever moment that was", async () => {
    const codes = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        withSandbox({}, async (doomed) => {
          const codes: unknown[] = [];
          let ended = false;
          void doomed.closed.then(() => {
            ended = true;
          });
          await output(doomed, "true");
          setTimeout(() => process.kill(doomed.pid, "SIGKILL"), index / 4);
          while (!ended)
            codes.push(
              await codeOf(doomed.commands.run("true").then(({ exitCode, signal }) => exitCode ?? signal)),
            );
          return codes;
        }),
      ),
    );
    expect(["SANDBOX_CLOSED", "SIGKILL", 0]).toEqual(expect.arrayContaining([...new Set(codes.flat())]));
  });
});
