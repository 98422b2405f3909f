import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(
    `a command that somebody else has started, ${lane.title}`,
    () => {
      const at = useHost(lane);

      test("is listed while it runs, and can be written to, read and ended by its id", async () => {
        const seen = await at.evaluate(({ withSandbox, waitForText }) =>
          withSandbox({}, async ({ commands }) => {
            const first = await commands.start("echo ready; cat", { background: true });
            await waitForText(first, "ready");
            const ordinary = await commands.start(["cat"]);
            const listed = commands.list();
            const again = commands.connect(first.id);
            again.stdin.write("from another handle\n");
            const read = await waitForText(again, "handle\n");
            await again.kill();
            const exits = await Promise.all([first.wait(), again.wait()]);
            const left = commands.list().map(({ id }) => id);
            return { listed, first, ordinary, read, exits, left, pids: [first.pid, ordinary.pid] };
          }).then(({ first, ordinary, ...rest }) => ({ ...rest, ids: [first.id, ordinary.id] })),
        );
        const [background, ordinary] = seen.ids;
        expect(seen.listed).toMatchObject([
          { id: background, pid: seen.pids[0], background: true, pty: false },
          { id: ordinary, pid: seen.pids[1], background: false, pty: false, argv: ["cat"] },
        ]);
        expect(seen.read).toBe("ready\nfrom another handle\n");
        expect(seen.exits).toMatchObject([{ signal: "SIGKILL" }, { signal: "SIGKILL" }]);
        expect(seen.left).toEqual([ordinary]);
      });

      test("is a typed error once it has ended", async () => {
        const codes = await at.evaluate(({ withSandbox, codeOf }) =>
          withSandbox({}, async ({ commands }) => {
            const handle = await commands.start("true", { background: true });
            await handle.wait();
            const connect = async (id: string) => commands.connect(id).pid;
            return [await codeOf(connect(handle.id)), await codeOf(connect("none"))];
          }),
        );
        expect(codes).toEqual(["COMMAND_NOT_FOUND", "COMMAND_NOT_FOUND"]);
      });
    },
  );
