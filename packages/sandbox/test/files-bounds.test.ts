import { describe, expect, test } from "vitest";
import { parseRead } from "../src/files/file-options.ts";
import { lanes, useHost } from "./support/as-user.ts";
import { patience } from "./support/this-machine.ts";

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`what is bounded in files, ${lane.title}`, () => {
    const at = useHost(lane);
    // Where there is time for it, and always more than the bound.
    const count = lane.kind === "root" && patience === 1 ? 100_000 : 12_000;

    test("is the size that is read at once, holes included", async () => {
      const seen = await at.evaluate(({ withSandbox, output, codeOf }) =>
        withSandbox({}, async (sandbox) => {
          const { files } = sandbox;
          await output(sandbox, "truncate -s 200G huge; printf end >> huge; printf 12345 > five");
          const stream = await files.read("huge", { format: "stream" });
          let bytes = 0;
          for await (const chunk of stream) {
            bytes += chunk.length;
            if (bytes > 1e6) break;
          }
          const bounded = await files.read("huge", { format: "stream", maxBytes: 1e6 });
          const drained = codeOf(bounded.forEach(() => {}));
          await files.copy("huge", "copy");
          return {
            codes: [
              await codeOf(files.read("huge")),
              await codeOf(files.read("five", { maxBytes: 4 })),
              await codeOf(files.read("five", { maxBytes: 5 })),
              await drained,
              await codeOf(files.download("huge").then((tar) => tar.forEach(() => {}))),
            ],
            bytes: bytes > 1e6,
            size: (await files.stat("copy")).size,
            blocks: Number(await output(sandbox, "stat -c %b copy")) * 512,
          };
        }),
      );
      const large = "FILE_TOO_LARGE";
      expect(seen).toMatchObject({ codes: [large, large, "12345", large, large], bytes: true });
      expect(seen.size).toBe(200 * 2 ** 30 + 3);
      expect(seen.blocks).toBeLessThan(2 ** 20);
    });

    test("are the entries that are listed, and depth", async () => {
      const seen = await at.evaluate(
        ({ withSandbox, output, codeOf }, count) =>
          withSandbox({ limits: { memoryMb: 1024 } }, async (sandbox) => {
            const { files } = sandbox;
            await output(sandbox, `mkdir many; cd many; seq ${count} | xargs touch; mkdir -p ../a/b/c/d`);
            const before = process.memoryUsage().rss;
            const code = await codeOf(files.list("many"));
            const grown = (process.memoryUsage().rss - before) / 2 ** 20;
            return {
              codes: [
                code,
                await codeOf(files.list(".", { depth: 65 })),
                await codeOf(files.list(".", { glob: "../*" })),
              ],
              grown,
              all: (await files.list("many", { maxEntries: 200_000 })).length,
              one: (await files.list("many", { maxEntries: 200_000, glob: "1199?" })).length,
              deep: (await files.list("a", { depth: 2 })).map(({ path }) => path),
            };
          }),
        count,
      );
      expect(seen).toMatchObject({
        codes: ["FILE_TOO_MANY", "FILE_OPTION", "FILE_OPTION"],
        all: count,
        one: 10,
      });
      expect(seen.deep).toEqual(["/home/agent/a/b", "/home/agent/a/b/c"]);
      expect(seen.grown).toBeLessThan(64);
    });

    test("is no tree that is removed: deeper than a path can name", async () => {
      const seen = await at.evaluate(({ withSandbox, output, codeOf }) =>
        withSandbox({}, async (sandbox) => {
          await output(sandbox, ["/opt/probe", "deep", "/home/agent", "1500"]);
          await sandbox.files.write("directory/x", "x");
          const listed = await sandbox.files.list(".", { glob: "**" });
          const copied = await codeOf(sandbox.files.copy("directory", "copy", { recursive: true }));
          await sandbox.files.remove("directory", { recursive: true });
          return {
            listed: listed.length,
            copied,
            left: await output(sandbox, "ls -A | grep -v copy || true"),
          };
        }),
      );
      expect(seen).toEqual({ listed: 65, copied: "FILE_NAME", left: "" });
    });

    test("are names: any byte comes back as it was, and never another file", async () => {
      const seen = await at.evaluate(({ withSandbox, output, codeOf }) =>
        withSandbox({}, async (sandbox) => {
          const { files } = sandbox;
          // A name that is not UTF-8, the name that it is shown as, and one that no listing may break at.
          await output(
            sandbox,
            "printf raw > \"$(printf 'n\\377')\"; printf shown > n\uFFFD; printf line > 'a\nb'",
          );
          const list = await files.list(".");
          const read = async ({ path, rawPath }: { path: string; rawPath?: Uint8Array }) =>
            files.read(rawPath ?? path);
          return {
            shown: list.map(({ name }) => name),
            contents: await Promise.all(list.map(read)),
            byName: await codeOf(files.read("n\uFFFD")),
            longest: await files.write("x".repeat(255), "").then(() => files.exists("x".repeat(255))),
          };
        }),
      );
      expect(seen).toEqual({
        shown: ["a\nb", "n\uFFFD", "n\uFFFD"],
        contents: ["line", "shown", "raw"],
        byName: "FILE_NAME",
        longest: true,
      });
    });

    test("is the time that anything inside can make it wait: pipes and leases", async () => {
      const seen = await at.evaluate(
        ({ withSandbox, codeOf, waitForText, spawn, once, probe }, directory) => {
          const mounts = [{ source: directory, target: "/workspace", access: "rw" }] as const;
          return withSandbox({ mounts }, async (sandbox) => {
            const { files } = sandbox;
            const script = "mkfifo pipe; echo ready; echo x > pipe; echo opened";
            const blocked = await sandbox.commands.start(script);
            await waitForText(blocked, "ready");
            // Inside the filter refuses leases; whoever else has the mount may have them.
            const holder = spawn(probe, ["lease", `${directory}/held`]);
            const [held] = await once(holder.stdout, "data");
            const codes = [
              await codeOf(files.read("pipe")),
              await codeOf(files.append("pipe", "x")),
              await codeOf(files.copy("pipe", "copy")),
              await codeOf(files.download("pipe").then((tar) => tar.forEach(() => {}))),
              await codeOf(files.read("held")),
            ];
            // Nobody has opened the other end of the pipe: its writer still waits. With a reader it goes on.
            const waiting = await Promise.race([blocked.wait(), files.stat("pipe").then(() => "waits")]);
            await sandbox.commands.run("cat pipe");
            const opened = await waitForText(blocked, "opened");
            holder.stdin.end();
            return { held: String(held), codes, waiting, opened };
          });
        },
        at.host.directory,
      );
      const special = "FILE_SPECIAL";
      // Busy: waited for, the lease would have been taken away from who has it, and the file read.
      expect(seen.codes).toEqual([special, special, special, special, "FILE_BUSY"]);
      expect(seen).toMatchObject({ held: "ready\n", waiting: "waits", opened: "opened\n" });
    });

    test("are options: what is none is an error", async () => {
      const seen = await at.evaluate(({ withSandbox, codeOf }) =>
        withSandbox({}, async ({ files }) => {
          const calls: [string, ...unknown[]][] = [
            ["read", "x", { encoding: "utf8" }],
            ["read", "x", { format: "hex" }],
            ["read", 5],
            ["write", "x", 5],
            ["write", "x", "x", { mode: 0o4755 }],
            [
              "write",
              "x",
              (async function* () {
                yield 5;
              })(),
            ],
            ["writeMany", { path: "x", data: "x" }],
            ["writeMany", [{ path: "x", data: "x", executable: true }]],
            ["list", "x", { depth: 0 }],
            ["list", "x", { glob: "[" }],
            ["remove", "x", { recursive: "yes" }],
            ["upload", 5, "x"],
            ["watch", "x", { signal: {} }],
          ];
          return Promise.all(
            calls.map(([name, ...words]) => codeOf(Reflect.apply(Reflect.get(files, name), files, words))),
          );
        }),
      );
      expect(seen).toEqual(seen.map(() => "FILE_OPTION"));
    });
  });

test("an unknown option of files is told with its call and what that knows", () => {
  expect(() => Reflect.apply(parseRead, undefined, [{ encoding: "utf8" }])).toThrow(
    'unknown option of files.read "encoding"; known are: format, maxBytes',
  );
});
