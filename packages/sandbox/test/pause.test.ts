import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lanes, limitedLanes, useHost } from "./support/as-user.ts";
import { cgroupsWith } from "./support/traces.ts";

/** What a group was last asked for, in one of the words of either version; undefined where it has no freezer. */
function control(group: string): string | undefined {
  const words = new Map([
    ["FROZEN", "frozen"],
    ["1", "frozen"],
    ["THAWED", "thawed"],
    ["0", "thawed"],
  ]);
  const file = ["freezer.state", "cgroup.freeze"].map((name) => join(group, name)).find(existsSync);
  const text = file && readFileSync(file, "utf8").trim();
  return text && (words.get(text) ?? text);
}

/** Every process of a sandbox with the processor time that it has used, by the kernel's account. */
function processes(id: string): string[] {
  const [group = ""] = cgroupsWith(id);
  const pids = readFileSync(join(group, "cgroup.procs"), "utf8").trim().split("\n");
  return pids.map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return `${pid} ${stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 13)}`;
  });
}

for (const lane of limitedLanes)
  describe.skipIf(lane.skipped !== undefined)(`a sandbox that is paused, ${lane.title}`, () => {
    const at = useHost(lane);
    /** Something else that takes the machine a while. */
    const passTime = () =>
      at.evaluate(({ withSandbox, output }) =>
        withSandbox({}, (sandbox) => output(sandbox, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done")),
      );

    test("stands still with all that forks in it, and goes on", async () => {
      const id = await at.evaluate(async ({ create, kept, until }) => {
        const sandbox = await create({ limits: { pids: 64 } });
        kept.push(sandbox);
        // One that goes on when no more processes can be had, and one that makes them until then.
        for (const each of [":", "/bin/true"]) await sandbox.commands.start(`while :; do ${each}; done`);
        await sandbox.commands.start(["/opt/probe", "stay", "daemon"]);
        await sandbox.commands.start(["/opt/probe", "bomb", "500"]);
        await until(async () => ((await sandbox.stats()).pids ?? 0) > 20);
        await Promise.all([sandbox.pause(), sandbox.pause()]);
        return sandbox.id;
      });
      const before = processes(id);
      await passTime();
      expect(processes(id)).toEqual(before);
      await at.evaluate(({ kept: [sandbox] }) => Promise.all([sandbox?.resume(), sandbox?.resume()]));
      await expect.poll(() => processes(id)).not.toEqual(before);
      await at.evaluate(({ kept }) => kept.pop()?.kill());
    });

    test("loses nothing of what a command says, over fifty pauses", async () => {
      const seen = await at.evaluate(({ withSandbox, createHash }) =>
        withSandbox({ limits: { pids: 64 } }, async (sandbox) => {
          for (let i = 0; i < 2; i++) await sandbox.commands.start("while :; do /bin/true; done");
          const run = sandbox.commands.run("seq 1 150000; echo end", { maxOutputBytes: 2 ** 24 });
          for (let i = 0; i < 50; i++) {
            await sandbox.pause();
            await sandbox.resume();
          }
          const { stdout, exitCode, truncated } = await run;
          const hash = (text: string) => createHash("sha256").update(text).digest("hex");
          const lines = Array.from({ length: 150_000 }, (_, index) => `${index + 1}\n`);
          return { exitCode, truncated, whole: hash(stdout) === hash(`${lines.join("")}end\n`) };
        }),
      );
      expect(seen).toEqual({ exitCode: 0, truncated: { stdout: 0, stderr: 0 }, whole: true });
    });

    test("takes no commands, and says so; calls one after the other are done in their order", async () => {
      const seen = await at.evaluate(({ withSandbox, codeOf, output }) =>
        withSandbox({}, async (sandbox) => {
          const states = [sandbox.state];
          void sandbox.pause();
          void sandbox.resume();
          await sandbox.pause();
          states.push(sandbox.state);
          const refused = [
            await codeOf(sandbox.commands.run("true")),
            await codeOf(sandbox.pty.create({ cols: 80, rows: 24 })),
            await sandbox.commands.start("true").catch((error) => error.message),
          ];
          await sandbox.resume();
          states.push(sandbox.state);
          const after = await output(sandbox, "echo on");
          await sandbox.kill();
          const ended = [await codeOf(sandbox.pause()), await codeOf(sandbox.resume()), sandbox.state];
          return { states, refused, after, ended };
        }),
      );
      expect(seen).toEqual({
        states: ["running", "paused", "running"],
        refused: ["SANDBOX_PAUSED", "SANDBOX_PAUSED", expect.stringMatching(/call resume\(\)/)],
        after: "on",
        ended: ["SANDBOX_CLOSED", "SANDBOX_CLOSED", "ended"],
      });
    });

    test("has no time: its limits and its commands' begin again where they stood", async () => {
      const seen = await at.evaluate(({ create, withSandbox, withEnoughTime }) =>
        withEnoughTime(async (ms) => {
          const untimed = await create();
          const command = await untimed.commands.start("sleep 60", { timeoutMs: ms });
          await untimed.pause();
          const limited = await create({ limits: { wallMs: ms } });
          await limited.pause();
          const timed = await create({ timeoutMs: ms });
          await timed.pause();
          const all = [limited, timed, untimed];
          let ended = 0;
          for (const each of [limited.closed, timed.closed, command.wait()]) void each.then(() => ended++);
          await new Promise(setImmediate);
          if (ended > 0) return undefined; // its time was over before it was paused
          // Made after the others, and over after them if theirs went on.
          const control = await withSandbox({ timeoutMs: ms }, ({ closed }) => closed);
          const paused = { states: all.map(({ state }) => state), ended };
          await Promise.all(all.map((sandbox) => sandbox.resume()));
          const exit = await command.wait();
          const ends = [(await limited.closed).reason, (await timed.closed).reason, exit.timedOut];
          await untimed.kill();
          return { control: control.reason, paused, ends };
        }),
      );
      expect(seen).toEqual({
        control: "timeoutMs",
        paused: { states: ["paused", "paused", "paused"], ended: 0 },
        ends: ["wallMs", "timeoutMs", true],
      });
    });

    test("stands still until nobody wants that any more: the watchdog of its disk space may", async () => {
      const id = await at.evaluate(async ({ create, kept }) => kept[kept.push(await create()) - 1]?.id ?? "");
      const group = cgroupsWith(id).find((path) => control(path) !== undefined) ?? "";
      // As the watchdog does: see native/freeze.c.
      const other = spawn("flock", ["--shared", group, "sh", "-c", "echo held; read line"]);
      await once(other.stdout, "data");
      const cycle = () =>
        at.evaluate(async ({ kept }) => {
          await kept.at(-1)?.pause();
          await kept.at(-1)?.resume();
        });
      await cycle();
      const held = control(group);
      other.stdin.end();
      await once(other, "exit");
      await cycle();
      expect([held, control(group)]).toEqual(["frozen", "thawed"]);
      await at.evaluate(({ kept }) => kept.pop()?.kill());
    });

    test("ends a command when it goes on, for which that was asked meanwhile", async () => {
      const seen = await at.evaluate(({ withSandbox, output, waitForText }) =>
        withSandbox({}, async (sandbox) => {
          const abort = new AbortController();
          const killed = await sandbox.commands.start(["/opt/probe", "stay", "daemon"]);
          const aborted = await sandbox.commands.start("echo ready; sleep 60", { signal: abort.signal });
          for (const handle of [killed, aborted]) await waitForText(handle, "ready");
          await sandbox.pause();
          const kill = killed.kill();
          abort.abort();
          await sandbox.resume();
          await kill;
          const signals = [(await killed.wait()).signal, (await aborted.wait()).signal];
          return { signals, left: await output(sandbox, ["/opt/probe", "processes"]) };
        }),
      );
      expect(seen).toEqual({ signals: ["SIGKILL", "SIGKILL"], left: "[]" });
    });
  });

for (const lane of lanes.filter(({ enforce }) => enforce === "best-effort"))
  describe.skipIf(lane.skipped !== undefined)(`a pause without a cgroup, ${lane.title}`, () => {
    const at = useHost(lane);

    test("is refused, with what gives one, and so is a sandbox that is to be paused in the end", async () => {
      const seen = await at.evaluate(({ withSandbox, create, codeOf }) =>
        withSandbox({}, async (sandbox) => ({
          code: await codeOf(sandbox.pause()),
          message: await sandbox.pause().catch(({ message }) => message),
          resumed: await codeOf(sandbox.resume()),
          run: (await sandbox.commands.run("echo on")).stdout,
          state: sandbox.state,
          option: await codeOf(create({ timeoutMs: 1000, onTimeout: "pause" })),
        })),
      );
      expect(seen).toEqual({
        code: "SANDBOX_PAUSE",
        message: expect.stringMatching(/systemd-run --user --scope -p Delegate=yes/),
        resumed: undefined,
        run: "on\n",
        state: "running",
        option: "SANDBOX_PAUSE",
      });
    });
  });
