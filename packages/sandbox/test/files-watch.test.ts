import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`a watch, ${lane.title}`, () => {
    const at = useHost(lane);

    test("tells what commands and the host change, in new directories too", async () => {
      const seen = await at.evaluate(({ withSandbox, output }) =>
        withSandbox({}, async (sandbox) => {
          const { files } = sandbox;
          await files.makeDir("there");
          const watch = await files.watch(".", { recursive: true });
          await files.write("a", "1");
          await files.write("a", "2");
          await output(sandbox, "echo x > there/b; mv there/b there/c; mv a b; rm b; rm there/c");
          const told: string[] = [];
          const changes = watch[Symbol.asyncIterator]();
          const upTo = async (end: string) => {
            for (let next = await changes.next(); !next.done; next = await changes.next()) {
              const { type, path, from = "" } = next.value;
              if (type !== "modified" || path === "/home/agent/a")
                told.push(`${type} ${path} ${from}`.trim());
              if (path === `/home/agent/${end}`) return;
            }
          };
          await output(sandbox, "mkdir p");
          await upTo("p");
          await output(sandbox, "mkdir p/q");
          await upTo("p/q");
          await output(sandbox, "echo > p/q/r; mv p/q p/z; echo > p/z/s; mv p/z/s /tmp; touch end");
          await upTo("end");
          await changes.return?.();
          return told.map((line) => line.replaceAll("/home/agent/", ""));
        }),
      );
      expect(seen).toEqual([
        "created a",
        "modified a",
        "created there/b",
        "renamed there/c there/b",
        "renamed b a",
        "removed b",
        "removed there/c",
        "created p",
        "created p/q",
        "created p/q/r",
        "renamed p/z p/q",
        "created p/z/s",
        "removed p/z/s",
        "created end",
      ]);
    });

    test("ends with what is watched, its signal, its reader and its sandbox", async () => {
      const seen = await at.evaluate(async ({ create, codeOf, output }) => {
        const sandbox = await create();
        const { files } = sandbox;
        const told = async (watch: AsyncIterable<{ type: string; path: string }>) => {
          const types: string[] = [];
          for await (const { type, path } of watch) types.push(`${type} ${path}`);
          return [...new Set(types)];
        };
        await files.write("d/f", "x");
        const gone = told(await files.watch("d"));
        const file = told(await files.watch("d/f"));
        const abort = new AbortController();
        const aborted = told(await files.watch("/tmp", { signal: abort.signal }));
        abort.abort();
        await output(sandbox, "echo >> d/f; rm d/f; rmdir d");
        const refused = [
          await codeOf(files.watch("none")),
          await codeOf(files.watch("/tmp", { signal: AbortSignal.abort(new TypeError("no")) })),
        ];
        const last = told(await files.watch("/tmp"));
        const results = [await gone, await file, await aborted, refused];
        await sandbox.kill();
        return [...results, await last];
      });
      expect(seen).toEqual([
        ["modified /home/agent/d/f", "removed /home/agent/d/f", "removed /home/agent/d"],
        ["modified /home/agent/d/f", "removed /home/agent/d/f"],
        [],
        ["FILE_NOT_FOUND", "TypeError: no"],
        [],
      ]);
    });

    test("that nobody reads keeps little, and says that it has missed some", async () => {
      const seen = await at.evaluate(({ withSandbox, output }) =>
        withSandbox({}, async (sandbox) => {
          const watch = await sandbox.files.watch("/tmp");
          const before = process.memoryUsage().rss;
          // More than the kernel keeps for who does not read, fs.inotify.max_queued_events.
          await output(sandbox, "i=0; while [ $i -lt 20000 ]; do : > /tmp/a; : > /tmp/b; i=$((i+1)); done");
          const grown = (process.memoryUsage().rss - before) / 2 ** 20;
          let last = "";
          for await (const { type } of watch) {
            last = type;
            if (type === "overflow") break;
          }
          await sandbox.files.write("/tmp/after", "x"); // other work goes on
          return { last, grown };
        }),
      );
      expect(seen.last).toBe("overflow");
      expect(seen.grown).toBeLessThan(64);
    });
  });
