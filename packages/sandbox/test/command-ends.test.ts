import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lanes, startHost, useHost } from "./support/as-user.ts";
import { makeCopy } from "./support/library-copy.ts";
import { cgroupsWith, isRunning, settled } from "./support/traces.ts";

let copy = "";
beforeAll(() => {
  copy = makeCopy();
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`a command's end, ${lane.title}`, () => {
    const at = useHost(lane);

    test("is not SIGTERM's where it ignores that, and is SIGKILL's with all it started", async () => {
      const seen = await at.evaluate(({ withSandbox, output, waitForText }) =>
        withSandbox({}, async (sandbox) => {
          const script = "trap '' TERM; sleep 300 & echo ready; while read line; do echo still $line; done";
          const handle = await sandbox.commands.start(script);
          await waitForText(handle, "ready");
          await handle.kill("SIGTERM");
          handle.stdin.write("here\n");
          const text = await waitForText(handle, "still here");
          await handle.kill();
          handle.stdout.resume();
          return {
            text,
            exit: await handle.wait(),
            left: await output(sandbox, ["/opt/probe", "processes"]),
          };
        }),
      );
      expect(seen).toMatchObject({ text: "still here\n", exit: { signal: "SIGKILL" }, left: "[]" });
    });

    test("by kill or abort takes what it has left behind by a double fork", async () => {
      const seen = await at.evaluate(({ withSandbox, output, waitForText }) =>
        withSandbox({}, async (sandbox) => {
          const left: string[] = [];
          for (const how of ["kill", "abort"]) {
            const controller = new AbortController();
            const words = ["/opt/probe", "stay", "daemon"];
            const handle = await sandbox.commands.start(words, {
              signal: controller.signal,
              background: true,
            });
            await waitForText(handle, "ready");
            left.push(await output(sandbox, ["/opt/probe", "processes"])); // the control
            if (how === "kill") await handle.kill();
            else controller.abort();
            await handle.wait();
            left.push(await output(sandbox, ["/opt/probe", "processes"]));
          }
          return left.map((each) => JSON.parse(each).length);
        }),
      );
      expect(seen).toEqual([2, 0, 2, 0]);
    });

    test("is told of one that has closed its standard streams long before", async () => {
      const seen = await at.evaluate(({ withSandbox }) =>
        withSandbox({}, async ({ commands }) => {
          const script = "exec <&- >&- 2>&-; sleep 0.1; exit 7";
          const run = await commands.run(script, { stdin: Buffer.alloc(300_000) });
          const handle = await commands.start(script, { background: true });
          return [run, await handle.wait()];
        }),
      );
      expect(seen).toMatchObject([
        { exitCode: 7, stdout: "", stderr: "" },
        { exitCode: 7, signal: null },
      ]);
    });

    test("comes to each of fifty at once, with all of its output, while another one floods the host", async () => {
      const seen = await at.evaluate(({ withSandbox, watchMemory }) =>
        withSandbox({ limits: { pids: 400, memoryMb: 1024 } }, async ({ commands }) => {
          const flood = await commands.start("yes", { background: true });
          const grown = watchMemory();
          const numbers = Array.from({ length: 50 }, (_, index) => index);
          const good = await Promise.all(
            numbers.map(async (number) => {
              const script = `head -c 100000 /dev/zero | tr '\\0' ${number % 10}; echo ${number} >&2; exit ${number}`;
              const { stdout, stderr, exitCode } = await commands.run(script);
              return (
                stdout === String(number % 10).repeat(1e5) && stderr === `${number}\n` && exitCode === number
              );
            }),
          );
          const running = commands.list().map(({ id }) => id);
          await flood.kill();
          return {
            good: good.filter((each) => each).length,
            grown: grown(),
            only: running[0] === flood.id && running.length,
          };
        }),
      );
      expect(seen).toMatchObject({ good: 50, only: 1 });
      expect(seen.grown).toBeLessThan(64);
    });

    test("comes to all of them when their host is killed half-way", async () => {
      const host = await startHost(lane, copy);
      const held = await host.evaluate(async ({ create, kept, waitForText }) => {
        const sandbox = await create();
        kept.push(sandbox);
        const scripts = ["yes", "trap '' TERM; echo ready; sleep 300", "/opt/probe stay daemon", "cat"];
        const handles = await Promise.all(
          scripts.flatMap((each) => [
            sandbox.commands.start(each),
            sandbox.commands.start(each, { background: true }),
          ]),
        );
        const [, , deaf, , daemon, , cat] = handles;
        cat?.stdin.write(Buffer.alloc(2 ** 24)); // which nobody reads back
        for (const each of [deaf, daemon]) if (each !== undefined) await waitForText(each, "ready");
        return { id: sandbox.id, pids: [sandbox.pid, ...handles.map(({ pid }) => pid)] };
      });
      expect(held.pids.every(isRunning)).toBe(true);
      process.kill(host.pid, "SIGKILL");
      await host.stop();
      expect(await settled(() => [...held.pids.filter(isRunning), ...cgroupsWith(held.id)])).toEqual([]);
    });
  });
