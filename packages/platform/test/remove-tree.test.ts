import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { removeTree } from "../src/state/remove-tree.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

describe("removing a tree that a hostile program filled", () => {
  test("follows no symlink, to a file, to a directory or out of the tree", async () => {
    const base = temporaryDirectory();
    const outside = join(base, "outside");
    mkdirSync(outside, { mode: 0o755 });
    writeFileSync(join(outside, "keep"), "kept");
    const tree = join(base, "tree");
    mkdirSync(join(tree, "inner"), { recursive: true });
    symlinkSync(outside, join(tree, "directory"));
    symlinkSync(join(outside, "keep"), join(tree, "inner", "file"));
    symlinkSync("..", join(tree, "inner", "up"));
    symlinkSync("/nowhere", join(tree, "dangling"));
    await removeTree(tree);
    expect(existsSync(tree)).toBe(false);
    expect(readFileSync(join(outside, "keep"), "utf8")).toBe("kept");
  });

  test("reaches what is nested deeper than a path can tell", async () => {
    const tree = join(temporaryDirectory(), "tree");
    // 40 names of 200 bytes: twice PATH_MAX. Only a program that changes directory can make it.
    const script = `import os\nos.makedirs(${JSON.stringify(tree)})\nos.chdir(${JSON.stringify(tree)})\nfor _ in range(40):\n os.mkdir("d" * 200); os.chdir("d" * 200); open("f", "w").close()\n`;
    execFileSync("python3", ["-c", script]);
    await removeTree(tree);
    expect(existsSync(tree)).toBe(false);
  });

  test("removes names that are not UTF-8", async () => {
    const tree = join(temporaryDirectory(), "tree");
    const odd = Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0xff, 0xfe, 0x80])]);
    mkdirSync(tree);
    mkdirSync(odd);
    writeFileSync(Buffer.concat([odd, Buffer.from("/"), Buffer.from([0xc3])]), "");
    await removeTree(tree);
    expect(existsSync(tree)).toBe(false);
  });

  test("opens directories that forbid everything, as the user who owns them", () => {
    const base = temporaryDirectory();
    chmodSync(base, 0o777);
    const module = new URL("../src/state/remove-tree.ts", import.meta.url).pathname;
    const script = `
      import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
      import { removeTree } from ${JSON.stringify(module)};
      // Root may read any directory, so the test has to be somebody else.
      if (process.getuid() === 0) { process.setgroups([]); process.setgid(65534); process.setuid(65534); }
      const tree = ${JSON.stringify(join(base, "tree"))};
      mkdirSync(tree + "/a/b", { recursive: true });
      writeFileSync(tree + "/a/b/f", "");
      for (const path of ["/a/b", "/a", ""]) chmodSync(tree + path, 0);
      await removeTree(tree);
      process.exitCode = existsSync(tree) ? 1 : 0;`;
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(child).toMatchObject({ status: 0, stderr: "" });
  });

  test("is content when there is nothing", async () => {
    await removeTree(join(temporaryDirectory(), "nothing"));
  });
});
