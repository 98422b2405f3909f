import { randomBytes } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CommandExitError, type Sandbox } from "../src/index.ts";
import { useHere } from "./support/here.ts";

const { create, codeOf, output } = useHere();
let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await create();
});
afterEach(() => sandbox?.kill());

describe("a command's result", () => {
  test("is data, and with `check` an error that holds it", async () => {
    expect(await sandbox.commands.run("exit 3")).toMatchObject({ exitCode: 3 });
    expect(await sandbox.commands.run("true", { check: true })).toMatchObject({ exitCode: 0 });
    const failed = sandbox.commands.run("echo out; echo 'no \u0007such thing' >&2; exit 3", { check: true });
    const error = await failed.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CommandExitError);
    expect(error).toMatchObject({ code: "COMMAND_EXIT", result: { exitCode: 3, stdout: "out\n" } });
    expect(String(error)).toMatch(/exit code 3 .*: no {2}such thing$/);
    const late = sandbox.commands.run("sleep 30", { check: true, timeoutMs: 50 });
    await expect(late).rejects.toMatchObject({ result: { timedOut: true, signal: "SIGKILL" } });
  });

  test("has the bytes themselves where they are asked for", async () => {
    const input = randomBytes(100_000);
    const run = await sandbox.commands.run("tee /dev/stderr", { stdin: input, encoding: "buffer" });
    expect(run.stdout.equals(input)).toBe(true);
    expect(run.stderr.equals(input)).toBe(true);
    const cut = await sandbox.commands.run("cat", {
      stdin: input,
      encoding: "buffer",
      maxOutputBytes: 70_001,
    });
    expect(cut.stdout.equals(input.subarray(0, 70_001))).toBe(true);
    expect(cut.truncated.stdout).toBe(29_999);
  });

  test("is the same for the one user that there is, by name or id, and another is refused", async () => {
    const ids = [];
    for (const user of ["agent", 1000] as const)
      ids.push((await sandbox.commands.run("id -u", { user })).stdout);
    expect(ids).toEqual(["1000\n", "1000\n"]);
    const refused = Reflect.apply(sandbox.commands.run, sandbox.commands, ["id -u", { user: "root" }]);
    await expect(refused).rejects.toThrow(/user must be "agent" or 1000: a sandbox has no other user/);
  });
});

describe("a listener of the output", () => {
  test("that returns a promise is waited for, and so is it by the command", async () => {
    let open = 0;
    let most = 0;
    let bytes = 0;
    const onStdout = async (chunk: Buffer) => {
      open++;
      most = Math.max(most, open);
      bytes += chunk.length;
      await turn();
      await output(sandbox, "true"); // longer than the command needs for the next chunk
      open--;
    };
    const run = await sandbox.commands.run("head -c 1500000 /dev/zero", { onStdout });
    expect([most, bytes, open]).toEqual([1, 1_500_000, 0]);
    expect(run.truncated.stdout).toBe(1_500_000 - 2 ** 20);
  });

  test("whose promise rejects ends the command, and that is what the run rejects with", async () => {
    const thrown = new RangeError("of the listener");
    const onStdout = async () => {
      await turn();
      throw thrown;
    };
    await expect(sandbox.commands.run("echo x; sleep 30", { onStdout, timeoutMs: 20_000 })).rejects.toBe(
      thrown,
    );
    expect(await output(sandbox, ["/opt/probe", "processes"])).toBe("[]");
  });

  test("that never answers does not keep an abort from its caller", async () => {
    const controller = new AbortController();
    const reason = new TypeError("enough");
    const onStdout = () => {
      setImmediate(() => controller.abort(reason));
      return new Promise(() => {});
    };
    await expect(sandbox.commands.run("yes", { onStdout, signal: controller.signal })).rejects.toBe(reason);
    expect(await output(sandbox, ["/opt/probe", "processes"])).toBe("[]");
  });
});

describe("a signal that aborts", () => {
  const reason = new TypeError("never");

  test("before a command was started keeps it from starting", async () => {
    const signal = AbortSignal.abort(reason);
    await expect(sandbox.commands.start("touch /tmp/ran", { signal })).rejects.toBe(reason);
    await expect(sandbox.commands.run("touch /tmp/ran", { signal })).rejects.toBe(reason);
    expect((await sandbox.commands.run("test -e /tmp/ran")).exitCode).toBe(1);
  });

  test("while a command is being started ends it, and the start rejects", async () => {
    const controller = new AbortController();
    const started = sandbox.commands.start("sleep 30 & sleep 30", { signal: controller.signal });
    controller.abort(reason);
    await expect(started).rejects.toBe(reason);
    expect(sandbox.commands.list()).toEqual([]);
    expect(await output(sandbox, ["/opt/probe", "processes"])).toBe("[]");
  });
});

test("what happens to commands is refused where the options are not known", async () => {
  const start = (options: unknown) =>
    codeOf(Reflect.apply(sandbox.commands.start, sandbox.commands, ["true", options]));
  const refused = [{ background: 1 }, { keepOutputBytes: -1 }, { keepOutputBytes: 2 ** 27 }, { check: true }];
  expect(await Promise.all(refused.map(start))).toEqual(refused.map(() => "COMMAND_OPTION"));
});
