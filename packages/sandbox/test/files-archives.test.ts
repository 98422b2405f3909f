import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readTar } from "../src/files/tar-reader.ts";
import { lanes, useHost } from "./support/as-user.ts";
import { makeTar, patched, readMembers } from "./support/tar.ts";

const long = `${"directory-of-a-long-name/".repeat(12)}file`;
const good = makeTar(
  { path: "./", type: "directory", mode: 0o700 },
  { path: "bin/", type: "directory", mode: 0o750 },
  { path: "bin/run", mode: 0o755, data: "#!/bin/sh\n" },
  { path: "bin/again", type: "hardlink", link: "bin/run" },
  { path: "lib/link", type: "symlink", link: "../bin/run" },
  { path: long, data: "long" },
  { path: "raw-\xff", data: "no UTF-8" },
  { path: "empty" },
  { path: "big", data: "x".repeat(300_000) },
);

const plain = makeTar({ path: "a", data: "data" });
/** Archives that must not be taken, and the code that says so. */
const hostile: Record<string, [archive: Buffer, code: string]> = {
  "a name that goes up": [makeTar({ path: "../slip" }), "FILE_ARCHIVE"],
  "a name that goes up later": [makeTar({ path: "a/../../slip" }), "FILE_ARCHIVE"],
  "an absolute name": [makeTar({ path: "/tmp/slip" }), "FILE_ARCHIVE"],
  "a link to an absolute name": [makeTar({ path: "l", type: "symlink", link: "/tmp" }), "FILE_ARCHIVE"],
  "a link that leads up": [makeTar({ path: "d/l", type: "symlink", link: "../../slip" }), "FILE_ARCHIVE"],
  "a link that goes up after a name": [
    makeTar({ path: "l", type: "symlink", link: "a/../.." }),
    "FILE_ARCHIVE",
  ],
  "a second name for what is outside": [
    makeTar({ path: "h", type: "hardlink", link: "../kept" }),
    "FILE_ARCHIVE",
  ],
  "a name below a link": [
    makeTar({ path: "l", type: "symlink", link: "." }, { path: "l/slip" }),
    "FILE_LINK",
  ],
  "a second name for a link": [
    makeTar({ path: "l", type: "symlink", link: "." }, { path: "h", type: "hardlink", link: "l" }),
    "FILE_LINK",
  ],
  "a device": [patched(plain, 156, "3"), "FILE_ARCHIVE"],
  "a pipe": [patched(plain, 156, "6"), "FILE_ARCHIVE"],
  "a sparse file": [patched(plain, 156, "S"), "FILE_ARCHIVE"],
  "more entries than may be": [makeTar(...[..."abcdefghijk"].map((path) => ({ path }))), "FILE_ARCHIVE"],
  "more bytes than may be": [makeTar({ path: "a", data: "x".repeat(1001) }), "FILE_ARCHIVE"],
  "a size that no file has": [
    patched(plain, 124, "\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"),
    "FILE_ARCHIVE",
  ],
  "an endless extended header": [patched(plain, 124, "77777777777\0").fill("x", 156, 157), "FILE_ARCHIVE"],
  "a wrong sum": [patched(plain, 0, "b", false), "FILE_ARCHIVE"],
  "an early end": [plain.subarray(0, 700), "FILE_ARCHIVE"],
  "no end": [plain.subarray(0, 1024), "FILE_ARCHIVE"],
  "a compressed archive": [Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(600)]), "FILE_ARCHIVE"],
  nothing: [Buffer.alloc(0), "FILE_ARCHIVE"],
};

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`archives, ${lane.title}`, () => {
    const at = useHost(lane);

    test("go in and come out with names, modes, times and links", async () => {
      const seen = await at.evaluate(
        ({ withSandbox, output }, archive) =>
          withSandbox({}, async ({ files, commands, ...sandbox }) => {
            async function* source() {
              yield archive.subarray(0, 1000);
              yield archive.subarray(1000);
            }
            const result = await files.upload(source(), "in");
            const words =
              "stat -c '%a %h %Y %N' bin bin/run bin/again lib/link; cat direct*/*/*/*/*/*/*/*/*/*/*/*/file";
            const inside = await output({ ...sandbox, files, commands }, `cd in; ${words}`);
            const pieces: Uint8Array[] = [];
            for await (const piece of await files.download("in")) pieces.push(piece);
            const one: Uint8Array[] = [];
            for await (const piece of await files.download("in/bin/run")) one.push(piece);
            return { result, inside, tar: Buffer.concat(pieces), one: Buffer.concat(one) };
          }),
        good,
      );
      expect(seen.result).toEqual({ files: 5, directories: 1, links: 2, bytes: 300_022 });
      const stats = [
        "750 2 1000000000 'bin'",
        "755 2 1000000000 'bin/run'",
        "755 2 1000000000 'bin/again'",
        "777 1 \\d+ 'lib/link' -> '../bin/run'",
      ];
      expect(seen.inside).toMatch(new RegExp(`^${stats.join("\n")}\nlong$`));
      const members = await readMembers(seen.tar);
      expect(members).toMatchObject({
        "bin/": "directory 750 0 1000000000",
        "bin/again": "file 755 10 1000000000  #!/bin/sh\n".trimEnd(),
        "bin/run": "hardlink 755 0 1000000000 bin/again",
        [long]: "file 644 4 1000000000  long",
        "raw-\xff": "file 644 8 1000000000  no UTF-8",
        empty: "file 644 0 1000000000",
        big: "file 644 300000 1000000000  300000 bytes",
      });
      expect(members["lib/link"]).toMatch(/^symlink 777 0 \d+ \.\.\/bin\/run$/);
      expect(Object.keys(await readMembers(seen.one))).toEqual(["run"]);
    });

    test("that are hostile are refused, and nothing is beside where they go", async () => {
      const seen = await at.evaluate(
        ({ withSandbox, output, codeOf }, archives) =>
          withSandbox({}, async (sandbox) => {
            const codes: Record<string, unknown> = {};
            await sandbox.files.write("a/kept", "kept");
            for (const [name, archive] of Object.entries(archives)) {
              async function* source() {
                yield archive;
              }
              const bounds = { maxEntries: 10, maxBytes: 1000 };
              codes[name] = await codeOf(sandbox.files.upload(source(), "a/b", bounds));
            }
            return { codes, beside: await output(sandbox, "ls /tmp . a; ls -A a/b") };
          }),
        Object.fromEntries(Object.entries(hostile).map(([name, [archive]]) => [name, archive])),
      );
      expect(seen.codes).toEqual(
        Object.fromEntries(Object.entries(hostile).map(([name, [, code]]) => [name, code])),
      );
      expect(seen.beside).toMatch(/^\.:\na\n\n\/tmp:\n\na:\nb\nkept\n/);
      expect(seen.beside).not.toContain("slip");
    });

    test("may hold links that lead out where that is wanted, and still are not followed", async () => {
      const archive = makeTar({ path: "l", type: "symlink", link: "/tmp" }, { path: "l/slip" });
      const seen = await at.evaluate(
        ({ withSandbox, output, codeOf }, archive) =>
          withSandbox({}, async (sandbox) => {
            async function* source() {
              yield archive;
            }
            const code = await codeOf(sandbox.files.upload(source(), "a", { links: "any" }));
            const naive = await output(sandbox, "readlink a/l; ls -A /tmp; echo x > a/l/slip; ls -A /tmp");
            return { code, naive };
          }),
        archive,
      );
      expect(seen).toEqual({ code: "FILE_LINK", naive: "/tmp\nslip" }); // by the link itself: the control
    });

    test("are made of a directory of the host's, links not followed and pipes left out", async () => {
      const seen = await at.evaluate(({ withSandbox, output, fs, spawn, once }, directory) => {
        const source = `${directory}/source`;
        fs.mkdirSync(`${source}/deep`, { recursive: true });
        fs.writeFileSync(`${source}/deep/file`, "of the host", { mode: 0o600 });
        fs.symlinkSync("deep/file", `${source}/link`);
        return withSandbox({}, async (sandbox) => {
          await once(spawn("mkfifo", [`${source}/pipe`]), "close");
          const result = await sandbox.files.upload(source, "in");
          fs.symlinkSync("/etc/passwd", `${source}/out`);
          const none = await sandbox.files.upload(`${source}/none`, "in").catch(({ message }) => message);
          const code = await sandbox.files.upload(source, "in").catch(({ code }) => code);
          return {
            result,
            none,
            code,
            inside: await output(sandbox, "cd in; find | sort; cat link; stat -c %a deep/file"),
          };
        });
      }, at.host.directory);
      expect(seen).toEqual({
        result: { files: 1, directories: 1, links: 1, bytes: 11 },
        none: expect.stringMatching(/source\/none": it is no directory; name one of the host's/),
        code: "FILE_ARCHIVE",
        inside: ".\n./deep\n./deep/file\n./link\nof the host600",
      });
    });
  });

describe("an unpacker that joins names", () => {
  test.each(["a name that goes up", "a name that goes up later"])(
    "is led out by %s: the control",
    async (name) => {
      const directory = mkdtempSync(join(tmpdir(), "cloison-slip-"));
      mkdirSync(join(directory, "a/a"), { recursive: true });
      async function* source() {
        yield hostile[name]?.[0] ?? Buffer.alloc(0);
      }
      for await (const { path } of readTar(source()))
        writeFileSync(join(directory, "a", path.toString()), "out");
      const written = readFileSync(join(directory, "slip"), "utf8");
      rmSync(directory, { recursive: true });
      expect(written).toBe("out");
    },
  );
});
