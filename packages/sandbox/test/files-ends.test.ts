import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`the end of what files wait for, ${lane.title}`, () => {
    const at = useHost(lane);

    test("is the sandbox's, when that ends while they are streamed", async () => {
      const codes = await at.evaluate(async ({ create, codeOf }) => {
        const sandbox = await create();
        await sandbox.files.write("/tmp/big", new Uint8Array(2 ** 24));
        const streams = [
          await sandbox.files.read("/tmp/big", { format: "stream" }),
          await sandbox.files.download("/tmp"),
        ];
        const readers = streams.map((stream) => stream[Symbol.asyncIterator]());
        for (const reader of readers) await reader.next();
        await sandbox.kill();
        const rest = async (reader: AsyncIterator<unknown>) => {
          while (!(await reader.next()).done);
        };
        return Promise.all(readers.map((reader) => codeOf(rest(reader))));
      });
      expect(codes).toEqual(["SANDBOX_CLOSED", "SANDBOX_CLOSED"]);
    });

    test("is the sandbox's, when what is to be written waits for something that never comes", async () => {
      const seen = await at.evaluate(async ({ create, codeOf }) => {
        const sandbox = await create();
        const { files } = sandbox;
        let returned = 0;
        const stuck = () => {
          const asked = Promise.withResolvers<void>();
          const source = {
            next: () => {
              asked.resolve();
              return new Promise<never>(() => {});
            },
            return: async () => {
              returned++;
              return { done: true as const, value: undefined };
            },
            [Symbol.asyncIterator]: () => source,
          };
          return { source, asked: asked.promise };
        };
        const [written, uploaded] = [stuck(), stuck()];
        const codes = [
          codeOf(files.write("/tmp/file", written.source)),
          codeOf(files.upload(uploaded.source, "/tmp/tree")),
        ];
        await Promise.all([written.asked, uploaded.asked]);
        await sandbox.kill();
        return [...(await Promise.all(codes)), returned];
      });
      expect(seen).toEqual(["SANDBOX_CLOSED", "SANDBOX_CLOSED", 2]);
    });

    test("is that of a file which is cut off while it is copied: no zeros stand for what has gone", async () => {
      const seen = await at.evaluate(({ withSandbox, output }) =>
        withSandbox({}, async (sandbox) => {
          await sandbox.files.write("/tmp/from", new Uint8Array(2 ** 25).fill(97));
          const cut = sandbox.commands.run("while : > /tmp/from; do [ -e /tmp/to ] && exit; done");
          await sandbox.files.copy("/tmp/from", "/tmp/to");
          await cut;
          return output(sandbox, "tr -d a < /tmp/to | wc -c");
        }),
      );
      expect(seen).toBe("0");
    });

    const shared =
      lane.kind === "root" ? "" : " (skipped: would take the watches of all that this user runs)";

    test.skipIf(shared !== "")(`is a typed error for one watch more than there may be${shared}`, async () => {
      const codes = await at.evaluate(({ withSandbox }) =>
        withSandbox({}, async ({ files }) => {
          const all = await Promise.allSettled(Array.from({ length: 257 }, () => files.watch("/tmp")));
          for (const each of all) if (each.status === "fulfilled") each.value.close();
          const reasons = all.flatMap((each) => (each.status === "rejected" ? [each.reason.code] : []));
          return [...new Set(reasons), await files.exists("/tmp")];
        }),
      );
      expect(codes).toEqual(["FILE_TOO_MANY", true]);
    });
  });
