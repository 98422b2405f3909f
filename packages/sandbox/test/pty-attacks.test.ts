import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

for (const lane of lanes.filter(({ kind }) => kind !== "delegated"))
  describe.skipIf(lane.skipped !== undefined)(`a hostile program in a terminal, ${lane.title}`, () => {
    const at = useHost(lane);

    test("that floods the terminal is interrupted by its user, and a storm of sizes changes nothing", async () => {
      const seen = await at.evaluate(({ withSandbox, recordTerminal, until }) =>
        withSandbox({}, async (sandbox) => {
          const before = process.memoryUsage().rss;
          const pty = await sandbox.pty.create({ command: ["/bin/sh", "-i"] });
          let bytes = 0;
          pty.onData((chunk) => {
            bytes += chunk.length;
          });
          await pty.write("yes \"$(printf '\\33[?1049h\\33[9999;9999H\\33]0;title\\33[6n\\7')\"\r");
          const flooded = await until(() => bytes > 32e6);
          for (let i = 0; i < 50_000; i++) pty.resize({ cols: 2 + (i % 300), rows: 2 });
          await pty.write("\x03");
          const record = recordTerminal(pty);
          await pty.write("stty size; echo status-$?\r");
          const told = await record.shows("2 201\r\nstatus-0");
          await pty.kill();
          return { flooded, told, exit: await pty.wait(), grown: process.memoryUsage().rss - before };
        }),
      );
      expect(seen).toMatchObject({ flooded: true, told: true, exit: { signal: "SIGKILL" } });
      expect(seen.grown).toBeLessThan(64 * 2 ** 20);
    });

    test("that closes the terminal and takes it again goes on with it", async () => {
      const seen = await at.evaluate(({ withSandbox, recordTerminal, output }) =>
        withSandbox({}, async (sandbox) => {
          const command = `exec 3>/tmp/told 0<&- 1>&- 2>&-
            for i in 1 2 3; do : < /dev/pts/0; echo back-$i > /dev/pts/0; chmod 000 /dev/pts/0; chmod 600 /dev/pts/0; done
            echo closed >&3; read line < /dev/pts/0; echo "read $line" > /dev/pts/0; sleep 100`;
          const pty = await sandbox.pty.create({ command });
          const record = recordTerminal(pty);
          const back = [await record.shows("back-1"), await record.shows("back-3")];
          await pty.write("typed\r");
          back.push(await record.shows("read typed"));
          await pty.kill();
          return { back, exit: await pty.wait(), told: await output(sandbox, "cat /tmp/told; ls /dev/pts") };
        }),
      );
      expect(seen.back).toEqual([true, true, true]);
      expect(seen).toMatchObject({ exit: { signal: "SIGKILL" }, told: "closed\nptmx" });
    });

    test("that takes every terminal leaves none for a new one, and all when it has ended", async () => {
      const seen = await at.evaluate(({ withSandbox, codeOf, waitForText, library }) =>
        withSandbox({}, async (sandbox) => {
          const hog = await sandbox.commands.start(["/opt/probe", "terminals"]);
          const told = await waitForText(hog, "\n");
          const refused = await sandbox.pty.create().catch((error: unknown) => error);
          const isTyped = refused instanceof library.SandboxStartError;
          const beside = await withSandbox({}, async (other) =>
            codeOf(other.pty.create().then(() => "made")),
          );
          await hog.kill();
          const after = await codeOf(sandbox.pty.create().then(() => "made"));
          return { told, message: isTyped ? refused.message : String(refused), beside, after };
        }),
      );
      expect(seen).toMatchObject({ told: "256\n", beside: "made", after: "made" });
      expect(seen.message).toMatch(/terminal.*ENOSPC; the sandbox has as many terminals open as it may/);
    });
  });
