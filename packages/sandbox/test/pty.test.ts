import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

for (const lane of lanes.filter(({ kind }) => kind !== "delegated"))
  describe.skipIf(lane.skipped !== undefined)(`a terminal, ${lane.title}`, () => {
    const at = useHost(lane);

    test("is the sandbox's own, and its shell's", async () => {
      const seen = await at.evaluate(({ withSandbox, recordTerminal }) =>
        withSandbox({}, async (sandbox) => {
          const pty = await sandbox.pty.create({ cols: 101, rows: 31 });
          const record = recordTerminal(pty);
          await pty.write(
            "tty; stty size; stat -c '%u:%g %a' $(tty); echo $TERM $(cut -d' ' -f8 /proc/$$/stat)-$((40 + 2))\r",
          );
          await record.shows("-42");
          await pty.write("exit 7\r");
          return { exit: await pty.wait(), text: record.text(), size: [pty.cols, pty.rows] };
        }),
      );
      expect(seen.exit).toMatchObject({ exitCode: 7, signal: null, timedOut: false });
      expect(seen.text).toMatch(/\/dev\/pts\/0\r\n31 101\r\n1000:1000 600\r\nxterm-256color +[1-9]\d*-42/);
      expect(seen.size).toEqual([101, 31]);
    });

    test("interrupts, stops and goes on with what runs in the foreground", async () => {
      const seen = await at.evaluate(({ withSandbox, recordTerminal }) =>
        withSandbox({}, async (sandbox) => {
          const pty = await sandbox.pty.create();
          const record = recordTerminal(pty);
          const steps: boolean[] = [];
          const type = async (text: string, shown: string) => {
            await pty.write(text);
            steps.push(await record.shows(shown));
            if (steps.includes(false)) await pty.kill();
          };
          await type("sh -c 'echo begun-$((40 + 2)); exec sleep 100'\r", "begun-42");
          await type("\x03", "^C");
          await type("echo status-$?\r", "status-130");
          // Without children: a shell that is in vfork(2) when its group is stopped does not stop.
          const loop = "echo begun-$((40 + 2)); while :; do :; done";
          await type(`sh -c 'trap "echo again-$((40 + 2))" CONT; ${loop}'\r`, "begun-42");
          await type("\x1a", "Stopped");
          await type("fg\r", "again-42");
          await type("\x03", "^C");
          await type("echo status-$?\r", "status-130");
          steps.push(await record.shows("$ ")); // before its prompt a shell may not yet read keys one by one
          await pty.write("\x04");
          return { steps, exit: await pty.wait(), text: record.text() };
        }),
      );
      expect(seen.steps, seen.text).toEqual(seen.steps.map(() => true));
      expect(seen.exit).toMatchObject({ exitCode: 0, signal: null });
    });

    test("tells its program of every size that lasts", async () => {
      const seen = await at.evaluate(({ withSandbox, recordTerminal }) =>
        withSandbox({}, async (sandbox) => {
          const command = "trap 'stty size' WINCH; echo ready; while :; do sleep 0.02; done";
          const pty = await sandbox.pty.create({ command });
          const record = recordTerminal(pty);
          await record.shows("ready");
          for (let i = 0; i < 100_000; i++) pty.resize({ cols: 1 + (i % 500), rows: 1 + (i % 300) });
          pty.resize({ cols: 10_000, rows: 1 });
          const last = await record.shows("\n1 10000\r\n");
          await pty.kill();
          return { last, size: [pty.cols, pty.rows], exit: await pty.wait() };
        }),
      );
      expect(seen).toMatchObject({ last: true, size: [10_000, 1], exit: { signal: "SIGKILL" } });
    });

    test("ends at its time, and with it all that was started there", async () => {
      const seen = await at.evaluate(({ withSandbox, output }) =>
        withSandbox({}, async (sandbox) => {
          const command = ["/opt/probe", "stay", "daemon"];
          const pty = await sandbox.pty.create({ command, timeoutMs: 250 });
          return { exit: await pty.wait(), left: await output(sandbox, ["/opt/probe", "processes"]) };
        }),
      );
      expect(seen).toMatchObject({ exit: { timedOut: true, signal: "SIGKILL" }, left: "[]" });
    });
  });
