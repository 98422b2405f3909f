import { chmodSync, chownSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";
import { useHere } from "./support/here.ts";

/** How a process tries to outlive the command that started it; see `stay` in support/probe-processes.c. */
const kinds = ["plain", "daemon", "deaf", "undumpable", "leaderless", "leaderless-parent"];

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`a command without end, ${lane.title}`, () => {
    const at = useHost(lane);
    const uncounted = lane.enforce === "required" ? "" : " (skipped: no cgroup counts the processes)";

    test.each(kinds)("ends at its time with all it started, and nothing else does: %s", async (kind) => {
      const seen = await at.evaluate(
        ({ withSandbox, output, waitForText, withEnoughTime }, kind) =>
          withSandbox({}, async (sandbox) => {
            const other = await sandbox.commands.start(["/opt/probe", "stay", "daemon"]);
            await waitForText(other, "ready");
            const before = JSON.parse(await output(sandbox, ["/opt/probe", "processes"]));
            const run = await withEnoughTime(async (timeoutMs) => {
              const run = await sandbox.commands.run(["/opt/probe", "stay", kind], { timeoutMs });
              return run.timedOut && run.stdout === "" ? undefined : run; // it was not ready yet
            });
            const after = JSON.parse(await output(sandbox, ["/opt/probe", "processes"]));
            return { run, before, after };
          }),
        kind,
      );
      expect(seen.run).toMatchObject({
        exitCode: null,
        signal: "SIGKILL",
        timedOut: true,
        stdout: "ready\n",
      });
      expect(seen.before.length).toBe(2);
      expect(seen.after).toEqual(seen.before);
    });

    test.skipIf(uncounted !== "")(
      `cannot hide in threads that live too short to be looked at${uncounted}`,
      async () => {
        const left = await at.evaluate(async ({ withSandbox, until }) => {
          const attempt = () =>
            withSandbox({}, async (sandbox) => {
              await sandbox.commands.run(["/opt/probe", "stay", "fleeting"], { timeoutMs: 30 });
              // PID 1 alone, or none where the whole sandbox was ended for it. Counted by the kernel.
              return until(async () => ((await sandbox.stats()).pids ?? 0) <= 1);
            });
          for (let i = 0; i < 40; i++) if (!(await attempt())) return `left by the run ${i}`;
          return "none";
        });
        expect(left).toBe("none");
      },
    );

    test("is a fork bomb: it ends at its time and leaves no process", async () => {
      const seen = await at.evaluate(({ withSandbox, output, codeOf }) =>
        withSandbox({ limits: { pids: 64 } }, async (sandbox) => {
          const bomb = await sandbox.commands.run(["/opt/probe", "bomb", "500"], { timeoutMs: 150 });
          // Either the processes are found and killed one by one, or the whole sandbox is.
          const left = await codeOf(output(sandbox, ["/opt/probe", "processes"]));
          return { signal: bomb.signal, timedOut: bomb.timedOut, left };
        }),
      );
      expect(seen).toMatchObject({ signal: "SIGKILL", timedOut: true });
      expect(["[]", "SANDBOX_CLOSED"]).toContain(seen.left);
    });

    test("cannot outlast its time because a neighbour stops it before it begins", async () => {
      const seen = await at.evaluate(({ withSandbox, waitForText, codeOf }) =>
        withSandbox({}, async (sandbox) => {
          const hostile = await sandbox.commands.start(["/opt/probe", "stop-others"]);
          await waitForText(hostile, "ready");
          const runs = Array.from({ length: 6 }, () =>
            codeOf(
              sandbox.commands
                .run("sleep 300", { timeoutMs: 100 })
                .then(({ timedOut, signal }) => timedOut || signal),
            ),
          );
          return Promise.all(runs);
        }),
      );
      // Ended at its time, ended by the neighbour, or the sandbox was ended for it; but ended.
      for (const each of seen) expect([true, "SIGKILL", "SANDBOX_CLOSED"]).toContain(each);
    });

    test("is the sandbox itself: wallMs ends it and tells why", async () => {
      const seen = await at.evaluate(({ create, codeOf, withEnoughTime }) =>
        withEnoughTime(async (wallMs) => {
          const sandbox = await create({ limits: { wallMs } });
          const { signal } = await sandbox.commands.run("trap '' TERM; while :; do sleep 1; done");
          return { end: await sandbox.closed, signal, after: await codeOf(sandbox.commands.run("true")) };
        }),
      );
      expect(seen).toMatchObject({ end: { reason: "wallMs" }, signal: "SIGKILL", after: "SANDBOX_CLOSED" });
    });

    test("is a sandbox whose time is over before it has begun, or just after", async () => {
      const told = await at.evaluate(async ({ create }) => {
        const sandbox = create({ limits: { wallMs: 1 } });
        return sandbox.then(async ({ closed }) => (await closed).detail).catch((error) => error.message);
      });
      expect(told).toMatch(/its time was over \(limits\.wallMs\)/);
    });
  });

describe.skipIf(process.geteuid?.() !== 0)(
  "a command whose program may be run but not read (needs root)",
  () => {
    const { directory, withSandbox, output, codeOf, waitForText, withEnoughTime } = useHere();
    const mounts = [{ source: directory, target: "/programs", access: "ro" }] as const;
    beforeAll(() => {
      const program = join(directory, "unreadable");
      copyFileSync("/bin/sh", program);
      chownSync(program, 12_345, 12_345); // not the mount's owner, who is shown as uid 1000
      chmodSync(program, 0o711);
    });

    test("takes the whole sandbox with it when its time is up: what it has started cannot be told", async () => {
      const seen = await withEnoughTime((timeoutMs) =>
        withSandbox({ mounts }, async (sandbox) => {
          const words = ["-c", "setsid sleep 30 & echo started; sleep 30"];
          const run = await sandbox.commands.run(["/programs/unreadable", ...words], { timeoutMs });
          if (run.timedOut && run.stdout === "") return undefined;
          return { run, end: await sandbox.closed, after: await codeOf(output(sandbox, "true")) };
        }),
      );
      expect(seen.run).toMatchObject({ timedOut: true, signal: "SIGKILL" });
      expect(seen).toMatchObject({ end: { reason: "killed" }, after: "SANDBOX_CLOSED" });
    });

    test("started by a command takes it as well, and no other command does", async () => {
      const kill = (shell: string) =>
        withSandbox({ mounts }, async (sandbox) => {
          const script = `mkfifo /tmp/f; setsid ${shell} -c 'echo started; read line < /tmp/f' & sleep 30`;
          const handle = await sandbox.commands.start(script);
          await waitForText(handle, "started");
          await handle.kill();
          return codeOf(output(sandbox, "true"));
        });
      expect(await kill("/programs/unreadable")).toBe("SANDBOX_CLOSED");
      expect(await kill("/bin/sh")).toBe("");
    });
  },
);
