import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Sandbox } from "../src/index.ts";
import { useHere } from "./support/here.ts";

const { create, codeOf, waitForText } = useHere();
let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await create();
});
afterEach(() => sandbox?.kill());

const start = (script: string) => sandbox.commands.start(script, { background: true });

describe("waiting for what a command logs", () => {
  test("finds a line of either stream, also one that has come before, and takes it from nobody", async () => {
    const handle = await start("echo one; echo listening on port 4000 >&2; sleep 30");
    const found = await handle.waitForLog(/port (\d+)/g);
    expect(found).toMatchObject({ line: "listening on port 4000", stream: "stderr" });
    expect(found.match[1]).toBe("4000");
    expect(await handle.waitForLog("one")).toMatchObject({ line: "one", stream: "stdout" });
    expect(await waitForText(handle, "one")).toBe("one\n");
    await handle.kill();
  });

  test("takes a text for what it is, and a line that is not ended yet", async () => {
    const handle = await start("printf 'ready. (a+b)? '; read line; printf '%s' €uro; sleep 30");
    expect((await handle.waitForLog("(a+b)?")).line).toBe("ready. (a+b)? ");
    const second = handle.waitForLog(/€uro$/u);
    handle.stdin.write("\n");
    expect((await second).line).toBe("ready. (a+b)? €uro");
    await handle.kill();
  });

  test("finds what stands far along a line without an end", async () => {
    const handle = await start("head -c 400000 /dev/zero | tr '\\0' x; printf needle; sleep 30");
    expect((await handle.waitForLog(/xneedle/)).line.length).toBeLessThanOrEqual(2 ** 16);
    await handle.kill();
  });

  test("ends with a typed error when the command does, also where nobody reads it", async () => {
    expect(await codeOf((await start("echo other; exit 3")).waitForLog(/ready/))).toBe("COMMAND_ENDED");
    const unread = await sandbox.commands.start(["/opt/probe", "write-at-once", "900000"]);
    expect(await codeOf(unread.waitForLog(/ready/))).toBe("COMMAND_ENDED");
    const late = await start("exit 3");
    await late.wait();
    expect(await codeOf(late.waitForLog(/ready/))).toBe("COMMAND_ENDED");
  });

  test("ends at its time and by its signal, and the command runs on", async () => {
    const handle = await start("echo other; cat");
    const reason = new TypeError("enough");
    expect(await codeOf(handle.waitForLog(/ready/, { timeoutMs: 20 }))).toBe("WAIT_TIMEOUT");
    const controller = new AbortController();
    const waiting = handle.waitForLog(/ready/, { signal: controller.signal });
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(handle.waitForLog(/ready/, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    handle.stdin.end("still here\n");
    expect(await handle.waitForLog("still here")).toMatchObject({ stream: "stdout" });
  });

  test("refuses what it does not know", async () => {
    const handle = await start("sleep 30");
    const wait = (pattern: unknown, options: unknown) =>
      codeOf(Reflect.apply(handle.waitForLog, handle, [pattern, options]));
    expect(await wait(5, {})).toBe("COMMAND_OPTION");
    expect(await wait("x", { timeout: 5 })).toBe("COMMAND_OPTION");
    expect(await wait("x", { timeoutMs: 0 })).toBe("COMMAND_OPTION");
    expect(await wait("x", { signal: {} })).toBe("COMMAND_OPTION");
  });
});
