import { describe, expect, test } from "vitest";
import { lanes } from "./support/as-user.ts";
import { useCli } from "./support/cli-in-lane.ts";

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`signals to cloison-sandbox exec, ${lane.title}`, () => {
    const { at, sh } = useCli(lane);

    test.each([
      ["INT", 130],
      ["TERM", 143],
      ["HUP", 129],
      ["QUIT", 131],
    ])("SIG%s ends the program, and that is told by %d", async (signal, code) => {
      // Without a child: a shell that hears SIGINT after it has forked, and before it waits, waits on regardless.
      const { stdout } = await sh(`
        mkfifo ready-${signal}
        $box sh -c 'echo ready; exec sleep 60' > ready-${signal} & pid=$!
        read -r line < ready-${signal}; kill -${signal} $pid; wait $pid; echo $?`);
      expect(stdout).toBe(`${code}\n`);
    });

    test("are the program's to answer", async () => {
      const { stdout } = await sh(`
        mkfifo out
        $box sh -c 'trap "echo caught; exit 9" TERM; echo ready; while :; do sleep 0.01; done' > out & pid=$!
        { read -r line; kill -TERM $pid; cat; } < out; wait $pid; echo $?`);
      expect(stdout).toBe("caught\n9\n");
    });

    test("SIGKILL leaves nothing of the sandbox", async () => {
      const { stdout } = await sh(`
        mkfifo out2
        $box --json killed.jsonl sh -c 'setsid sleep 60 & echo ready; sleep 60' > out2 & pid=$!
        read -r line < out2; until [ -s killed.jsonl ]; do :; done
        init=$(sed -n '1s/.*"pid":\\([0-9]*\\).*/\\1/p' killed.jsonl)
        [ -d /proc/$init ] && echo alive $init
        kill -KILL $pid; wait $pid`);
      const [, pid] = /^alive (\d+)$/m.exec(stdout) ?? [];
      expect(pid).toBeDefined();
      const seen = await at.evaluate(
        async ({ fs, until }, pid) => until(() => !fs.existsSync(`/proc/${pid}`)),
        pid,
      );
      expect(seen).toBe(true);
    });
  });
