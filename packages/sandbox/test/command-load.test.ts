import { beforeAll, describe, expect, test } from "vitest";
import { type Lane, lanes, useHost } from "./support/as-user.ts";
import { patience } from "./support/this-machine.ts";

const emulated = patience > 1;
/** MB that nobody reads. */
const unread = emulated ? 32 : 256;
/** MB that go in and come back: all of what was promised, where that does not take minutes or was shown already. */
const carried = ({ kind }: Lane) => (emulated ? 32 : kind === "delegated" ? 128 : 1024);
/** MB by which the host may grow, whatever a command writes. */
const growth = 64;
/** MB: what the process has had before and given back may be used once more. */
const control = 256;

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`a command that writes without end, ${lane.title}`, () => {
    const at = useHost(lane);
    // What Node itself takes to read much is no growth.
    beforeAll(() =>
      at.evaluate(async ({ spawn, once }) => {
        const child = spawn("head", ["-c", String(128 * 2 ** 20), "/dev/zero"]);
        child.stdout.resume();
        await once(child, "close");
      }),
    );

    test.each([
      ["yes", "y\n"],
      ["cat /dev/zero", "\0"],
    ])(
      "fills neither the result nor the host, and ends at its time with all it started: %s",
      async (script, text) => {
        const seen = await at.evaluate(
          ({ withSandbox, output, watchMemory, withEnoughTime }, script) =>
            withSandbox({}, async (sandbox) => {
              await output(sandbox, "true");
              const grown = watchMemory();
              const run = await withEnoughTime(async (timeoutMs) => {
                const options = { timeoutMs, maxOutputBytes: 2 ** 16 };
                const run = await sandbox.commands.run(`${script} & ${script}`, options);
                return run.timedOut && run.truncated.stdout <= 2 ** 20 ? undefined : run;
              });
              return { run, grown: grown(), left: await output(sandbox, ["/opt/probe", "processes"]) };
            }),
          script,
        );
        expect(seen.run).toMatchObject({ timedOut: true, signal: "SIGKILL", exitCode: null });
        expect(seen.run.stdout.length).toBe(2 ** 16);
        expect(new Set(seen.run.stdout)).toEqual(new Set(text));
        expect(seen.run.truncated.stdout).toBeGreaterThan(2 ** 20);
        expect(seen.grown).toBeLessThan(growth);
        expect(seen.left).toBe("[]");
      },
    );

    test(`in the background fills nothing either, after ${unread} MB that nobody has read`, async () => {
      const seen = await at.evaluate(
        ({ withSandbox, output, watchMemory, until }, megabytes) =>
          withSandbox({}, async (sandbox) => {
            await output(sandbox, "true");
            const grown = watchMemory();
            const handle = await sandbox.commands.start("yes", { background: true });
            const written = () => handle.truncated.stdout / 2 ** 20;
            const far = await until(() => written() > megabytes);
            await handle.kill();
            const left = await output(sandbox, ["/opt/probe", "processes"]);
            return { far, grown: grown(), left, listed: sandbox.commands.list(), exit: await handle.wait() };
          }),
        unread,
      );
      expect(seen).toMatchObject({ far: true, left: "[]", listed: [], exit: { signal: "SIGKILL" } });
      expect(seen.grown).toBeLessThan(growth);
    });

    test(`gives ${carried(lane)} MB back as it was given, and the host keeps none of it`, async () => {
      const seen = await at.evaluate(
        ({ withSandbox, output, watchMemory, createHash, once }, megabytes) =>
          withSandbox({}, async (sandbox) => {
            await output(sandbox, "true");
            const [given, got] = [createHash("sha256"), createHash("sha256")];
            const grown = watchMemory();
            const handle = await sandbox.commands.start(["cat"]);
            handle.stdout.on("data", (chunk) => got.update(chunk));
            handle.stderr.resume();
            for (let part = 0; part < megabytes; part++) {
              const chunk = Buffer.alloc(2 ** 20, `part ${part} of many. `);
              given.update(chunk);
              if (!handle.stdin.write(chunk)) await once(handle.stdin, "drain");
            }
            handle.stdin.end();
            const { exitCode } = await handle.wait();
            return { exitCode, same: given.digest("hex") === got.digest("hex"), grown: grown() };
          }),
        carried(lane),
      );
      expect(seen).toMatchObject({ exitCode: 0, same: true });
      expect(seen.grown).toBeLessThan(growth);
    });

    test(`would be seen to fill a host that makes ${control} MB of what it reads and keeps them: the control`, async () => {
      const grown = await at.evaluate(
        ({ withSandbox, output, watchMemory }, megabytes) =>
          withSandbox({}, async (sandbox) => {
            await output(sandbox, "true");
            const grown = watchMemory();
            const kept: Buffer[] = [];
            // Each in memory of its own, which was not this process's before.
            const onStdout = (chunk: Buffer) => kept.push(Buffer.alloc(16 * chunk.length, chunk));
            await sandbox.commands.run(`head -c ${(megabytes / 16) * 2 ** 20} /dev/zero`, { onStdout });
            return grown();
          }),
        control,
      );
      expect(grown).toBeGreaterThan(growth);
    });
  });
