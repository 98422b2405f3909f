import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

for (const lane of lanes.filter(({ kind }) => kind !== "delegated"))
  describe.skipIf(lane.skipped !== undefined)(`what goes through a terminal, ${lane.title}`, () => {
    const at = useHost(lane);

    test("is a megabyte of any bytes, in and out", async () => {
      const seen = await at.evaluate(({ withSandbox, createHash }) =>
        withSandbox({}, async (sandbox) => {
          const bytes = Buffer.from(
            Array.from({ length: 2 ** 20 }, (_, index) => (index * 31 + (index >> 8)) % 256),
          );
          const command = "stty raw -echo; printf ready; head -c 1048576 > /tmp/in; cat /tmp/in";
          const pty = await sandbox.pty.create({ command });
          const hash = createHash("sha256");
          let received = 0;
          for await (const chunk of pty.output) {
            const begins = received === 0;
            received += chunk.length;
            hash.update(begins ? chunk.subarray("ready".length) : chunk);
            if (begins) void pty.write(bytes);
          }
          const sent = createHash("sha256").update(bytes).digest("hex");
          return { same: hash.digest("hex") === sent, received, exit: await pty.wait() };
        }),
      );
      expect(seen).toMatchObject({ same: true, received: 2 ** 20 + "ready".length, exit: { exitCode: 0 } });
    });

    test("is a megabyte that is pasted as lines, echoed as it is read", async () => {
      const seen = await at.evaluate(({ withSandbox, recordTerminal, output }) =>
        withSandbox({}, async (sandbox) => {
          const lines = Array.from({ length: 2 ** 14 }, (_, index) => String(index).padStart(63, "line "));
          const pty = await sandbox.pty.create({ command: "echo ready; cat > /tmp/pasted" });
          const record = recordTerminal(pty);
          await record.shows("ready");
          await pty.write(`${lines.join("\r")}\r`);
          await pty.write("\x04");
          await pty.wait();
          const pasted = await output(sandbox, "wc -lc < /tmp/pasted; sed -n '1p;$p' /tmp/pasted");
          return {
            pasted: pasted.split("\n"),
            wanted: [lines[0], lines.at(-1)],
            echoed: record.text().length,
          };
        }),
      );
      expect(seen.pasted[0]?.trim().split(/\s+/)).toEqual([String(2 ** 14), String(2 ** 20)]);
      expect(seen.pasted.slice(1)).toEqual(seen.wanted);
      // Not all of it: the kernel keeps 4 kB of echoes and throws older ones away (drivers/tty/n_tty.c).
      expect(seen.echoed).toBeGreaterThan(2 ** 12);
    });

    test("waits for its slowest reader, and the writer with it", async () => {
      const seen = await at.evaluate(({ withSandbox, output, until }) =>
        withSandbox({}, async (sandbox) => {
          const command =
            "stty raw; i=0; while [ $i -lt 64 ]; do i=$((i + 1)); head -c 1000000 /dev/zero; echo $i > /tmp/at; done";
          const pty = await sandbox.pty.create({ command });
          let received = 0;
          let open = () => {};
          const gate = new Promise<void>((resolve) => {
            open = resolve;
          });
          pty.onData((chunk) => {
            received += chunk.length;
            return gate;
          });
          const before = process.memoryUsage().rss;
          let looks = 0;
          let last = "";
          await until(async () => {
            const now = await output(sandbox, "cat /tmp/at 2>/dev/null || echo 0");
            looks = now === last ? looks + 1 : 0;
            last = now;
            return looks === 15;
          });
          const stopped = { at: Number(last), received };
          open();
          const exit = await pty.wait();
          return { stopped, received, exit, grown: process.memoryUsage().rss - before };
        }),
      );
      expect(seen.stopped.at).toBeLessThan(4);
      expect(seen.stopped.received).toBeLessThan(2 ** 18);
      expect(seen).toMatchObject({ received: 64e6, exit: { exitCode: 0 } }); // the control: it was only waiting
      expect(seen.grown).toBeLessThan(64 * 2 ** 20);
    });

    test("is there for a late reader, and nobody waits for one", async () => {
      const seen = await at.evaluate(({ withSandbox }) =>
        withSandbox({}, async (sandbox) => {
          const short = await sandbox.pty.create({ command: "echo late; exit 3" });
          const exits = [await short.wait()];
          const endless = await sandbox.pty.create({ command: "exec yes" });
          const unread = endless.output; // a reader that does not read
          await endless.kill();
          exits.push(await endless.wait());
          let text = "";
          for await (const chunk of short.output) text += chunk;
          let bytes = 0;
          for await (const chunk of unread) bytes += chunk.length;
          return { exits, text, bytes };
        }),
      );
      expect(seen.exits).toMatchObject([{ exitCode: 3 }, { exitCode: null, signal: "SIGKILL" }]);
      expect(seen.text).toBe("late\r\n");
      expect(seen.bytes).toBeLessThan(2 ** 21);
    });

    test("ends with its command, though a process left behind keeps the terminal open", async () => {
      const seen = await at.evaluate(({ withSandbox, output, recordTerminal }) =>
        withSandbox({}, async (sandbox) => {
          const command = "trap '' HUP; (while :; do echo noise; sleep 0.01; done) & echo left; exit 4";
          const pty = await sandbox.pty.create({ command });
          const record = recordTerminal(pty);
          const exit = await pty.wait();
          const left = JSON.parse(await output(sandbox, ["/opt/probe", "processes"]));
          return { exit, left: left.length, text: record.text() };
        }),
      );
      expect(seen.exit).toMatchObject({ exitCode: 4 });
      expect(seen.text).toContain("left\r\n");
      expect(seen.left).toBeGreaterThan(0); // the control: it is still there
    });
  });
