import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`files, ${lane.title}`, () => {
    const at = useHost(lane);

    test("are what commands inside write and read", async () => {
      const seen = await at.evaluate(({ withSandbox, output }) =>
        withSandbox({}, async (sandbox) => {
          await sandbox.files.write("a/b/c.txt", "of the host\n", { mode: 0o640 });
          await sandbox.files.append("a/b/c.txt", "and more\n");
          await sandbox.commands.run("printf inside > d; ln -s d e; printf '\\377\\000' > raw; mkfifo pipe");
          return {
            inside: await output(sandbox, "cat a/b/c.txt; stat -c '%a %U' a/b/c.txt a"),
            text: await sandbox.files.read("e"),
            bytes: [...(await sandbox.files.read("raw", { format: "bytes" }))],
            list: (await sandbox.files.list("/home/agent")).map(({ name, type }) => `${name} ${type}`),
            deep: (await sandbox.files.list(".", { depth: 3 })).map(({ path }) => path).slice(0, 3),
            glob: (await sandbox.files.list(".", { glob: "**/*.{txt,md}" })).map(({ path }) => path),
            link: (await sandbox.files.stat("e", { followLinks: false })).linkTarget,
            stat: await sandbox.files.stat("a/b/c.txt"),
          };
        }),
      );
      expect(seen).toMatchObject({
        inside: "of the host\nand more\n640 agent\n755 agent",
        text: "inside",
        bytes: [255, 0],
        list: ["a directory", "d file", "e symlink", "pipe other", "raw file"],
        deep: ["/home/agent/a", "/home/agent/a/b", "/home/agent/a/b/c.txt"],
        glob: ["/home/agent/a/b/c.txt"],
        link: "d",
        stat: { name: "c.txt", type: "file", size: 21, mode: 0o640 },
      });
    });

    test("are renamed, copied and removed, with trees", async () => {
      const seen = await at.evaluate(({ withSandbox, output, codeOf }) =>
        withSandbox({}, async (sandbox) => {
          const { files } = sandbox;
          const many = Array.from({ length: 200 }, (_, each) => ({
            path: `t/${each % 9}/${each}`,
            data: "x",
          }));
          await files.writeMany(many);
          await sandbox.commands.run("ln -s /etc/passwd t/link; chmod 555 t/3; chmod 700 t/0/0");
          await files.copy("t", "u", { recursive: true });
          await files.rename("u/0/0", "u/moved");
          const refused = [
            await codeOf(files.remove("u")),
            await codeOf(files.copy("u", "v")),
            await codeOf(files.copy("u", "u/below", { recursive: true })),
            await files.rename("u/moved", "u/0/9", { replace: false }).catch((error) => error.message),
            await codeOf(files.makeDir("u/moved")),
            await codeOf(files.remove("none")),
          ];
          const copied = await output(sandbox, "stat -c %a u/moved u/3; readlink u/link; find u | wc -l");
          await sandbox.commands.run("chmod 755 t/3");
          await files.remove("t", { recursive: true });
          await files.remove("none", { force: true });
          await files.makeDir("u/3");
          return { refused, copied, left: await output(sandbox, "ls; test -e /etc/passwd && echo kept") };
        }),
      );
      expect(seen.refused).toEqual([
        "FILE_NOT_EMPTY",
        "FILE_IS_A_DIRECTORY",
        "FILE_OPTION",
        'could not rename "/home/agent/u/moved" to "/home/agent/u/0/9": something is there already; remove it first',
        "FILE_EXISTS",
        "FILE_NOT_FOUND",
      ]);
      expect(seen.copied).toBe("700\n555\n/etc/passwd\n211");
      expect(seen.left).toBe("u\nkept");
    });

    test("that may not be touched are errors that tell why", async () => {
      const seen = await at.evaluate(({ withSandbox, codeOf, waitForText }) =>
        withSandbox({}, async ({ files, commands }) => {
          await commands.run("mkfifo pipe; mkdir shut; chmod 0 shut; ln -s loop loop; : > file");
          // A way that is open inside: the control.
          const open = "ln -s /proc/$$/root way; cat way/etc/hostname; exec sleep 30";
          const control = await waitForText(await commands.start(open), "sandbox");
          const tries = {
            pipe: files.read("pipe"),
            pipeWritten: files.write("pipe", "x"),
            pipeAppended: files.append("pipe", "x"),
            device: files.read("/dev/zero"),
            proc: files.read("/proc/version"),
            magic: files.read("way/etc/passwd"),
            directory: files.read("/tmp"),
            system: files.write("/usr/file", "x"),
            shut: files.read("shut/file"),
            loop: files.read("loop"),
            below: files.read("file/below"),
            none: files.read("none"),
            long: files.read("n".repeat(256)),
            nul: files.read("a\0b"),
            root: files.write("/", "x"),
            half: files.read("\ud800"),
            parents: files.write("no/such", "x", { createParents: false }),
          };
          const codes = Object.entries(tries).map(async ([name, each]) => [name, await codeOf(each)]);
          return { control, ...Object.fromEntries(await Promise.all(codes)) };
        }),
      );
      expect(seen).toEqual({
        control: "sandbox\n",
        pipe: "FILE_SPECIAL",
        pipeWritten: "FILE_SPECIAL",
        pipeAppended: "FILE_SPECIAL",
        device: "FILE_SPECIAL",
        proc: "FILE_SPECIAL",
        magic: "FILE_LINK",
        directory: "FILE_IS_A_DIRECTORY",
        system: "FILE_READ_ONLY",
        shut: "FILE_PERMISSION",
        loop: "FILE_LINK",
        below: "FILE_NOT_A_DIRECTORY",
        none: "FILE_NOT_FOUND",
        long: "FILE_NAME",
        nul: "FILE_NAME",
        root: "FILE_BUSY",
        half: "FILE_NAME",
        parents: "FILE_NOT_FOUND",
      });
    });

    test("end with their sandbox, also what is under way", async () => {
      const seen = await at.evaluate(async ({ create, codeOf }) => {
        const sandbox = await create();
        async function* endless() {
          for (;;) yield await new Promise<string>((resolve) => setImmediate(resolve, "x"));
        }
        await sandbox.files.write("x", "x");
        const stream = await sandbox.files.read("x", { format: "stream" });
        const writing = codeOf(sandbox.files.write("y", endless()));
        const ended = codeOf(sandbox.kill().then(() => sandbox.files.read("x")));
        stream.destroy();
        return [await writing, await ended];
      });
      expect(seen).toEqual(["SANDBOX_CLOSED", "SANDBOX_CLOSED"]);
    });
  });
