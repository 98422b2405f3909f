import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Host, lanes } from "./support/as-user.ts";
import { useHosts } from "./support/held-sandboxes.ts";
import { descendants, isRunning, runningWith, settled, statusOf } from "./support/traces.ts";

const onHost = useHosts();

/** The processes that work on the files of a host's sandboxes. */
function attendantsOf({ pid }: Host): number[] {
  return runningWith("cloison-init\0attend").filter((each) => Number(statusOf(each)?.get("PPid")) === pid);
}

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`the process that works on files, ${lane.title}`, () => {
    const pausable = lane.enforce === "required" ? "" : " (skipped: no cgroup can stop the processes)";

    test("is started at the first use, has no privilege, and nobody inside can reach it", async () => {
      const seen = await onHost(lane, async (host) => {
        await host.evaluate(async ({ create, kept }) => void kept.push(await create()));
        const before = attendantsOf(host);
        await host.evaluate(({ kept }) => kept[0]?.files.write("x", "x"));
        const [pid = 0] = attendantsOf(host);
        const inside = await host.evaluate(async ({ kept: [sandbox], output }, pid) => {
          if (sandbox === undefined) return undefined;
          const seen = await output(sandbox, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
          const killed = await sandbox.commands.run(`kill -9 ${pid}`);
          // Everything that can be named, and so the shell itself.
          const all = await sandbox.commands.run("kill -9 -1; kill -9 $$");
          return { seen, killed: killed.exitCode, all: all.signal, x: await sandbox.files.read("x") };
        }, pid);
        return { before, inside, now: attendantsOf(host), pid, status: statusOf(pid) };
      });
      expect(seen.before).toEqual([]);
      expect(seen.inside).toMatchObject({ killed: 1, all: "SIGKILL", x: "x" });
      expect(seen.inside?.seen).toContain("cloison-init create"); // PID 1 is seen: the control
      expect(seen.inside?.seen).not.toContain("attend");
      expect(seen.now).toEqual([seen.pid]);
      const none = "0000000000000000";
      const facts = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Threads"];
      expect(facts.map((name) => seen.status?.get(name))).toEqual([
        none,
        none,
        none,
        none,
        none,
        "1",
        "2",
        "1",
      ]);
      expect(seen.status?.get("Uid")?.split("\t").map(Number)).not.toContain(0);
    });

    test("is replaced when it has ended, and what it had begun leaves old content", async () => {
      const seen = await onHost(lane, async (host) => {
        await host.evaluate(async ({ create, kept }, directory) => {
          const sandbox = await create({
            mounts: [{ source: directory, target: "/workspace", access: "rw" }],
          });
          kept.push(sandbox);
          await sandbox.files.write("old", "old");
        }, host.directory);
        const writing = host.evaluate(({ kept: [sandbox], codeOf }) => {
          async function* endless() {
            for (;;) {
              yield "new".repeat(10_000);
              await new Promise((resolve) => setTimeout(resolve, 1));
            }
          }
          if (sandbox === undefined) return undefined;
          const { files } = sandbox;
          const watch = files.watch(".").then(async (changes) => {
            for await (const _change of changes);
          });
          return Promise.all([
            codeOf(files.write("old", endless())),
            codeOf(files.write("n", endless())),
            codeOf(watch),
          ]);
        });
        await host.evaluate(({ kept: [sandbox] }) => sandbox?.files.stat("old")); // all have begun
        const pids = attendantsOf(host);
        for (const pid of pids) process.kill(pid, "SIGKILL");
        const codes = await writing;
        const after = await host.evaluate(({ kept: [sandbox] }) => sandbox?.files.read("old"));
        return {
          ended: pids.length,
          codes,
          after,
          left: readdirSync(host.directory),
          now: attendantsOf(host).length,
        };
      });
      const interrupted = "FILE_INTERRUPTED";
      expect(seen).toMatchObject({
        ended: 1,
        codes: [interrupted, interrupted, interrupted],
        after: "old",
        now: 1,
      });
      expect(seen.left).toEqual(["old"]);
    });

    test("ends with its sandbox, and with its host", async () => {
      const seen = await onHost(lane, async (host) => {
        const start = () =>
          host.evaluate(async ({ create, kept }) => {
            const sandbox = await create();
            await sandbox.files.write("x", "x");
            kept.push(sandbox);
          });
        await start();
        const first = attendantsOf(host);
        await host.evaluate(({ kept }) => kept[0]?.kill());
        const afterKill = first.filter(isRunning);
        await start();
        const all = descendants(host.pid).slice(1);
        const second = attendantsOf(host);
        host.child.kill("SIGKILL");
        return {
          counts: [first.length, second.length],
          afterKill,
          afterHost: await settled(() => [...all, ...second].filter(isRunning)),
        };
      });
      expect(seen).toEqual({ counts: [1, 1], afterKill: [], afterHost: [] });
    });

    test.skipIf(pausable !== "")(`works while the sandbox is paused${pausable}`, async () => {
      const seen = await onHost(lane, (host) =>
        host.evaluate(({ withSandbox, output }) =>
          withSandbox({}, async (sandbox) => {
            await output(sandbox, "echo before > x");
            await sandbox.pause();
            const read = await sandbox.files.read("x");
            await sandbox.files.write("x", "while paused");
            await sandbox.resume();
            return [read, await output(sandbox, "cat x")];
          }),
        ),
      );
      expect(seen).toEqual(["before\n", "while paused"]);
    });

    test("does fifty things at once beside slow streams, and keeps nothing open", async () => {
      const seen = await onHost(lane, async (host) => {
        const work = () =>
          host.evaluate(async ({ create, kept, fs }) => {
            const sandbox = kept[0] ?? (await create());
            kept[0] = sandbox;
            const { files } = sandbox;
            await files.write("big", Buffer.alloc(4_000_000, 1));
            const slow = await Promise.all([1, 2, 3].map(() => files.read("big", { format: "stream" })));
            let go = () => {};
            const gate = new Promise<void>((resolve) => {
              go = resolve;
            });
            async function* source() {
              yield Buffer.alloc(500_000, 2);
              await gate;
            }
            const writing = files.write("slow", source());
            const each = async (index: number) => {
              await files.write(`d/${index}`, `${index}`.repeat(20_000));
              const text = await files.read(`d/${index}`);
              return text === `${index}`.repeat(20_000) && (await files.stat("big")).size === 4_000_000;
            };
            const right = await Promise.all(Array.from({ length: 50 }, (_, index) => each(index)));
            const unseen = !(await files.exists("slow"));
            go();
            await writing;
            let bytes = (await files.stat("slow")).size;
            for (const stream of slow) for await (const chunk of stream) bytes += chunk.length;
            await files.remove("slow");
            return {
              right: right.every(Boolean),
              unseen,
              bytes,
              fds: fs.readdirSync("/proc/self/fd").length,
            };
          });
        const first = await work();
        const [pid = 0] = attendantsOf(host);
        const count = () => (process.geteuid?.() === 0 ? readdirSync(`/proc/${pid}/fd`).length : 0);
        const before = count();
        const second = await work();
        return { first, second, attendant: count() - before };
      });
      expect(seen.first).toMatchObject({ right: true, unseen: true, bytes: 12_500_000 });
      expect(seen.second).toEqual(seen.first);
      expect(seen.attendant).toBe(0);
    });
  });
