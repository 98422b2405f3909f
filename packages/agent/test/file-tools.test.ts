import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { editTool } from "../src/worker/tools/edit.ts";
import { lsTool } from "../src/worker/tools/ls.ts";
import { readTool } from "../src/worker/tools/read.ts";
import { writeTool } from "../src/worker/tools/write.ts";
import { callTool } from "./support/call-tool.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`);

test("read returns a small file as it is, without its last newline", async () => {
  using directory = createTemporaryDirectory();
  expect(await callTool(readTool, { path: directory.file("a", "one\n\n  two\n") })).toBe("one\n\n  two");
  expect(await callTool(readTool, { path: directory.file("b", "no newline") })).toBe("no newline");
  expect(await callTool(readTool, { path: directory.file("c", "") })).toBe("(empty file)");
});

test("read shows a part and says how to go on", async () => {
  using directory = createTemporaryDirectory();
  const path = directory.file("a", `${numbered(10).join("\n")}\n`);
  expect(await callTool(readTool, { path, offset: 4, limit: 2 })).toBe(
    "line 4\nline 5\n\n[Lines 4 to 5 of 10. Read on with offset 6.]",
  );
  expect(await callTool(readTool, { path, offset: 9 })).toBe("line 9\nline 10");
  await expect(callTool(readTool, { path, offset: 11 })).rejects.toThrow(
    /Line 11 is past the end: .* has 10 lines\./,
  );
});

test("read, followed as its notes say, returns every line once", async () => {
  using directory = createTemporaryDirectory();
  const lines = numbered(20_000).map((line, index) => line + "é".repeat(index % 97));
  const path = directory.file("a", lines.join("\n"));
  const seen: string[] = [];
  for (let offset: number | undefined = 1; offset !== undefined; ) {
    const text = await callTool(readTool, { path, offset });
    const [shown = "", note = ""] = text.split("\n\n[");
    expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(50 * 1024);
    seen.push(...shown.split("\n"));
    const next = /Read on with offset (\d+)/.exec(note)?.[1];
    offset = next === undefined ? undefined : Number(next);
  }
  expect(seen).toEqual(lines);
});

test("read cuts one endless line and says so", async () => {
  using directory = createTemporaryDirectory();
  const path = directory.file("a", `${"x".repeat(300_000)}\nsecond\n`);
  const text = await callTool(readTool, { path });
  expect(text.startsWith("x".repeat(50 * 1024))).toBe(true);
  expect(text).toMatch(/\[Line 1 of 2 is longer than 50 KB and was cut; .* Read on with offset 2\.\]$/);
});

test("read never splits a character", async () => {
  using directory = createTemporaryDirectory();
  const text = await callTool(readTool, { path: directory.file("a", `a${"€".repeat(50_000)}`) });
  expect(text).not.toContain("\ufffd");
});

test("read refuses what is not a text file, at once", async () => {
  using directory = createTemporaryDirectory();
  execFileSync("mkfifo", [directory.at("fifo")]);
  const read = (path: string) => callTool(readTool, { path });
  await expect(read(directory.file("bin", Buffer.from([1, 0, 2])))).rejects.toThrow(
    "is a binary file of 3 bytes",
  );
  await expect(read(directory.path)).rejects.toThrow("it is a directory");
  await expect(read(directory.at("none"))).rejects.toThrow("no such file");
  await expect(read(directory.at("fifo"))).rejects.toThrow("not a regular file");
  await expect(read("/dev/zero")).rejects.toThrow("not a regular file");
  await expect(read("a\0b")).rejects.toThrow("NUL");
});

test("write makes the directories and replaces the file", async () => {
  using directory = createTemporaryDirectory();
  const path = directory.at("a/b/c.txt");
  expect(await callTool(writeTool, { path, content: "first, longer" })).toBe(`Wrote 13 bytes to ${path}.`);
  await callTool(writeTool, { path, content: "é\n" });
  expect(readFileSync(path, "utf8")).toBe("é\n");
});

test("write does not hang on a named pipe", async () => {
  using directory = createTemporaryDirectory();
  execFileSync("mkfifo", [directory.at("fifo")]);
  await expect(callTool(writeTool, { path: directory.at("fifo"), content: "x" })).rejects.toThrow(
    "nobody reads",
  );
});

test("write says why it cannot", async () => {
  using directory = createTemporaryDirectory();
  const file = directory.file("file", "");
  await expect(callTool(writeTool, { path: `${file}/below`, content: "" })).rejects.toThrow(
    /Cannot make .*file/,
  );
  await expect(callTool(writeTool, { path: directory.path, content: "" })).rejects.toThrow(
    "it is a directory",
  );
});

test("edit replaces text that is there once, and keeps everything else", async () => {
  using directory = createTemporaryDirectory();
  const path = directory.file("a", "\ufeffone\ntwo\nthree");
  chmodSync(path, 0o755);
  expect(await callTool(editTool, { path, oldText: "two\n", newText: "$& $1 2\n" })).toBe(
    `Edited ${path} at line 2.`,
  );
  expect(readFileSync(path, "utf8")).toBe("\ufeffone\n$& $1 2\nthree");
  expect(statSync(path).mode & 0o777).toBe(0o755);
});

test("edit refuses text that is there more than once and names the lines", async () => {
  using directory = createTemporaryDirectory();
  const path = directory.file("a", "x\ny\nx\n");
  const edit = (replaceAll: boolean) => callTool(editTool, { path, oldText: "x", newText: "z", replaceAll });
  await expect(edit(false)).rejects.toThrow(/oldText is 2 times in .* \(lines 1, 3\)/);
  expect(await edit(true)).toContain("2 times");
  expect(readFileSync(path, "utf8")).toBe("z\ny\nz\n");
});

test("edit says whether only the white space differs", async () => {
  using directory = createTemporaryDirectory();
  const path = directory.file("a", "if (a) {\n\treturn 1;\n}\n");
  const edit = (oldText: string) => callTool(editTool, { path, oldText, newText: "" });
  await expect(edit("if (a) {\n    return 1;")).rejects.toThrow("It is there with other white space");
  await expect(edit("return 2;")).rejects.toThrow("Read the file again");
  await expect(edit("")).rejects.toThrow("oldText is empty");
});

test("edit keeps the line ends of a file with CRLF", async () => {
  using directory = createTemporaryDirectory();
  const path = directory.file("a", "one\r\ntwo\r\nthree\r\n");
  await callTool(editTool, { path, oldText: "one\ntwo", newText: "1\n2" });
  expect(readFileSync(path, "utf8")).toBe("1\r\n2\r\nthree\r\n");
});

test("edit does not touch a file that it would damage", async () => {
  using directory = createTemporaryDirectory();
  const latin1 = directory.file("latin1", Buffer.from("caf\xe9 a", "latin1"));
  await expect(callTool(editTool, { path: latin1, oldText: "a", newText: "b" })).rejects.toThrow("not UTF-8");
  expect(readFileSync(latin1, "latin1")).toBe("caf\xe9 a");
  const big = directory.file("big", "a".repeat(1024 * 1024));
  const grow = { path: big, oldText: "a", newText: "0123456789", replaceAll: true };
  await expect(callTool(editTool, grow)).rejects.toThrow("would grow over the 8 MB");
  expect(statSync(big).size).toBe(1024 * 1024);
});

test("edits of one file at the same time do not lose each other", async () => {
  using directory = createTemporaryDirectory();
  const names = numbered(50).map((line) => `${line};`);
  const path = directory.file("a", names.join("\n"));
  await Promise.all(
    names.map((name) => callTool(editTool, { path, oldText: name, newText: name.toUpperCase() })),
  );
  expect(readFileSync(path, "utf8")).toBe(names.join("\n").toUpperCase());
});

test("ls lists names in order, with a mark for what they are", async () => {
  using directory = createTemporaryDirectory();
  directory.file("b.txt", "");
  directory.file(".hidden", "");
  directory.file("dir/inner", "");
  symlinkSync("/nowhere", directory.at("link"));
  expect(await callTool(lsTool, { path: directory.path })).toBe(".hidden\nb.txt\ndir/\nlink@");
  expect(await callTool(lsTool, { path: directory.path, limit: 2 })).toMatch(
    /^\.hidden\nb\.txt\n\n\[2 of 4 entries\./,
  );
  await expect(callTool(lsTool, { path: directory.at("b.txt") })).rejects.toThrow("not a directory");
});
