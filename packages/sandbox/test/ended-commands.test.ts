import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { useHere } from "./support/here.ts";

const { withSandbox, until } = useHere();
setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

test("a sandbox that lives on keeps nothing of a command that has ended", async () => {
  await withSandbox({}, async (sandbox) => {
    const start = async () => {
      const handle = await sandbox.commands.start(["/bin/true"]);
      handle.stdout.resume();
      handle.stderr.resume();
      await handle.wait();
      return new WeakRef(handle.stdin);
    };
    const ended = [await start(), await start(), await start()];
    const kept = () => {
      collectGarbage();
      return ended.filter((each) => each.deref() !== undefined).length;
    };
    expect(await until(() => kept() === 0)).toBe(true);
    expect((await sandbox.commands.run("echo on")).stdout).toBe("on\n");
  });
});
