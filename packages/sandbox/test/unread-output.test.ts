import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CommandHandle, Sandbox } from "../src/index.ts";
import { useHere } from "./support/here.ts";
import { descendants, isRunning, runningWith } from "./support/traces.ts";

const { create, until } = useHere();
let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await create();
});
afterEach(() => sandbox?.kill());

function joiningLaunchers(): number[] {
  return descendants(process.pid).filter((pid) => runningWith("cloison-init\0join").includes(pid));
}

async function ended(handle: CommandHandle): Promise<void> {
  expect(await until(() => !isRunning(handle.pid))).toBe(true);
  // Longer than the launcher waits for a pipe that somebody else may hold.
  const begin = performance.now();
  await until(() => performance.now() - begin > 400);
}

/** Fills a large pipe, which a process that is left behind holds: more than all buffers on the way to the host take. */
const leaveOutput = "/opt/probe write-at-once 900000; sleep 300 & echo $! > /tmp/holder";

describe("a command whose output nobody reads", () => {
  test("can be ended after it has ended by itself", async () => {
    const handle = await sandbox.commands.start(leaveOutput);
    await ended(handle);
    expect(joiningLaunchers()).toHaveLength(1);
    await handle.kill();
    handle.stdout.resume();
    expect(await handle.wait()).toMatchObject({ exitCode: 0 });
  });

  test("keeps nothing of a sandbox that was ended, neither a process nor its memory", async () => {
    const handle = await sandbox.commands.start(leaveOutput);
    await ended(handle);
    expect(joiningLaunchers()).toHaveLength(1); // the control: it waits for a reader
    await sandbox.kill();
    expect(await until(() => joiningLaunchers().length === 0)).toBe(true);
    expect(await handle.wait()).toMatchObject({ exitCode: 0 });
  });

  test("ends for a late reader though a process left behind has read it", async () => {
    const handle = await sandbox.commands.start(leaveOutput);
    await ended(handle);
    const steal = await sandbox.commands.run(
      "dd if=/proc/$(cat /tmp/holder)/fd/1 of=/dev/null bs=1M iflag=nonblock 2>&1",
    );
    expect(steal.stdout).toMatch(/[1-9]\d* bytes/); // the control: the pipe was not empty
    handle.stdout.resume();
    handle.stderr.resume();
    expect(await handle.wait()).toMatchObject({ exitCode: 0 });
  });
});
