import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PtyOptions, PtySize, Sandbox } from "../src/index.ts";
import { useHere } from "./support/here.ts";
import { makeLinuxRoot } from "./support/linux-root.ts";

const { create, withSandbox, codeOf, recordTerminal, directory } = useHere();
let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await create();
});
afterEach(() => sandbox?.kill());

/** Written as a caller without types would. */
function untyped<T>(value: unknown): T {
  return value as T;
}

describe("the handle of a terminal", () => {
  test("stands in the list of commands until it ends, and is not one to connect to", async () => {
    const pty = await sandbox.pty.create({ command: ["cat"] });
    const listed = sandbox.commands.list();
    const connect = await codeOf((async () => sandbox.commands.connect(pty.id))());
    await pty.kill();
    await pty.wait();
    expect(listed).toMatchObject([
      { id: pty.id, pid: pty.pid, pty: true, background: false, argv: ["cat"], startedAt: expect.any(Date) },
    ]);
    expect(connect).toBe("COMMAND_NOT_FOUND");
    expect(sandbox.commands.list()).toEqual([]);
  });

  test("types nothing once the command has ended, and nobody need catch that", async () => {
    const pty = await sandbox.pty.create({ command: "exit 5" });
    await pty.wait();
    void pty.write("not awaited");
    expect(await codeOf(pty.write("x"))).toBe("PTY_ENDED");
    pty.resize({ cols: 3, rows: 3 }); // does nothing any more
    await pty.kill();
    await pty.kill("SIGTERM");
    expect(await pty.wait()).toMatchObject({ exitCode: 5 });
  });

  test("rejects what was typed and never read", async () => {
    const pty = await sandbox.pty.create({ command: "stty raw; echo ready; exec sleep 100" });
    await recordTerminal(pty).shows("ready");
    const typed = pty.write(new Uint8Array(2 ** 22));
    await pty.kill();
    expect(await codeOf(typed)).toBe("PTY_ENDED");
  });

  test("gives its output to every listener until that is taken away", async () => {
    const pty = await sandbox.pty.create({ command: ["cat"] });
    const seen = { first: "", second: "" };
    const stop = pty.onData((chunk) => {
      seen.first += chunk;
    });
    const record = recordTerminal(pty);
    await pty.write("one\r");
    await record.shows("one\r\none\r\n");
    stop();
    pty.onData((chunk) => {
      seen.second += chunk;
    });
    await pty.write("two\r");
    await record.shows("two\r\ntwo\r\n");
    expect(seen).toEqual({ first: "one\r\none\r\n", second: "two\r\ntwo\r\n" });
  });

  test("is ended by a listener that throws or rejects, which is what wait() rejects with", async () => {
    const thrown = new RangeError("of the listener");
    const first = await sandbox.pty.create({
      command: "exec yes",
      onData: () => {
        throw thrown;
      },
    });
    await expect(first.wait()).rejects.toBe(thrown);
    const second = await sandbox.pty.create({ command: "exec yes", onData: () => Promise.reject(thrown) });
    await expect(second.wait()).rejects.toBe(thrown);
  });

  test("hangs up by SIGHUP, and ends by an abort", async () => {
    const shell = await sandbox.pty.create({
      command: "trap 'exit 9' HUP; echo ready; while :; do sleep 0.02; done",
    });
    await recordTerminal(shell).shows("ready");
    await shell.kill("SIGHUP");
    const reason = new TypeError("enough");
    const controller = new AbortController();
    const aborted = await sandbox.pty.create({ command: ["cat"], signal: controller.signal });
    controller.abort(reason);
    expect(await shell.wait()).toMatchObject({ exitCode: 9 });
    expect(await aborted.wait()).toMatchObject({ signal: "SIGKILL", timedOut: false });
    const never = sandbox.pty.create({ signal: controller.signal });
    await expect(never).rejects.toBe(reason);
  });

  test("ends with its sandbox, read or not", async () => {
    const ended = await create();
    const pty = await ended.pty.create({ command: "exec yes" });
    await ended.kill();
    expect(await pty.wait()).toMatchObject({ signal: "SIGKILL" });
    expect(await codeOf(ended.pty.create())).toBe("SANDBOX_CLOSED");
  });
});

describe("a terminal that cannot be", () => {
  test("is refused for its options", async () => {
    const bad: unknown[] = [
      null,
      { cols: 0 },
      { rows: 10_001 },
      { cols: 80.5 },
      { cols: "80" },
      { command: [] },
      { onData: "x" },
      { size: 1 },
      { stdin: "" },
      { user: "root" },
      { cwd: "relative" },
      { envs: { "A=B": "" } },
    ];
    const codes = await Promise.all(bad.map((each) => codeOf(sandbox.pty.create(untyped<PtyOptions>(each)))));
    expect(codes).toEqual(bad.map(() => "COMMAND_OPTION"));
    const pty = await sandbox.pty.create({ command: ["cat"] });
    for (const size of [{ cols: 80, rows: 0 }, { cols: 80, rows: 30, width: 640 }, 80])
      expect(() => pty.resize(untyped<PtySize>(size))).toThrow(
        expect.objectContaining({ code: "COMMAND_OPTION" }),
      );
    expect(await codeOf(pty.write(untyped<string>(3)))).toBe("COMMAND_OPTION");
    expect([pty.cols, pty.rows]).toEqual([80, 24]);
  });

  test("is refused for its command, and its slot is free again", async () => {
    const failures = [
      await codeOf(sandbox.pty.create({ command: ["no-such-program"] })),
      await codeOf(sandbox.pty.create({ cwd: "/no/such" })),
    ];
    const pty = await sandbox.pty.create({ command: ["tty"] });
    const record = recordTerminal(pty);
    expect(failures).toEqual(["COMMAND_START", "COMMAND_START"]);
    expect(await record.shows("/dev/pts/0\r\n")).toBe(true);
  });

  test("has /bin/sh for a shell where there is no bash", async () => {
    const rootfs = makeLinuxRoot(join(directory, "root"));
    const seen = await withSandbox({ rootfs }, async (small) => {
      const pty = await small.pty.create();
      const record = recordTerminal(pty);
      await pty.write("echo $SHELL-$((40 + 2)); exit\r");
      return { shown: await record.shows("/bin/sh-42"), exit: await pty.wait() };
    });
    expect(seen).toMatchObject({ shown: true, exit: { exitCode: 0 } });
  });
});
