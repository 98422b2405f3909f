/** Programs for Node, in a sandbox or on the host; the tree is the working directory. */

/** One of everything that a tree can hold. */
export const makeTree = `
  const fs = require("node:fs");
  const { execFileSync } = require("node:child_process");
  process.umask(0);
  fs.writeFileSync("plain", "plain\\n");
  fs.writeFileSync("program", "#!/bin/sh\\n", { mode: 0o751 });
  fs.writeFileSync("read only", "r", { mode: 0o444 });
  fs.writeFileSync("closed", "nobody reads this\\n", { mode: 0 });
  fs.writeFileSync("two\\nlines \\\\ 'and' \\"quotes\\" \\u{1F600}", "name");
  fs.writeFileSync(Buffer.from([0x66, 0xff, 0xfe]), "no utf-8");
  fs.writeFileSync("x".repeat(255), "long");
  fs.writeFileSync(".hidden", "");
  fs.mkdirSync("empty/below/deep", { recursive: true });
  fs.writeFileSync("empty/below/deep/file", "f".repeat(300000));
  fs.symlinkSync("plain", "link");
  fs.symlinkSync("/etc/passwd", "absolute");
  fs.symlinkSync("nowhere/at/all", "dangling");
  execFileSync("mkfifo", ["pipe"]);
  const sparse = fs.openSync("sparse", "w");
  fs.writeSync(sparse, "end", 64 * 2 ** 20);
  fs.ftruncateSync(sparse, 128 * 2 ** 20);
  for (const path of ["plain", "empty/below", "sparse"]) fs.utimesSync(path, 1e9, 1.1e9);
  fs.mkdirSync("sticky", { mode: 0o1777 });
  fs.chmodSync("sticky", 0o1777);
  fs.mkdirSync("shut");
  fs.writeFileSync("shut/in", "in");
  fs.chmodSync("shut", 0o500);
  fs.lutimesSync("link", 1e9, 1.2e9);
`;

export const makeHardLinks = `
  const fs = require("node:fs");
  fs.mkdirSync("a/b", { recursive: true });
  fs.writeFileSync("a/one", "linked");
  fs.linkSync("a/one", "a/b/two");
  fs.linkSync("a/one", "three");
`;

/** Prints each path of the tree with all that a copy must keep; files of several names by the first of those. */
export const describeTree = `
  const fs = require("node:fs");
  const first = new Map();
  const seen = {};
  const see = (path) => {
    const { mode, size, mtimeMs, nlink, ino, blocks, uid } = fs.lstatSync(path);
    const type = mode & 0o170000;
    const directory = type === 0o040000;
    const name = Buffer.isBuffer(path) ? path.toString("latin1") : path;
    if (!directory && nlink > 1 && !first.has(ino)) first.set(ino, name);
    const target = type === 0o120000 ? fs.readlinkSync(path) : "";
    const text = type === 0o100000 && mode & 0o400 && size < 2 ** 20 ? fs.readFileSync(path, "latin1").slice(0, 40) : "";
    const links = directory ? 0 : nlink;
    const sparse = size > 2 ** 20 && blocks * 512 < size / 2;
    seen[name] = [mode.toString(8), uid, directory ? 0 : size, Math.round(mtimeMs), links, first.get(ino), target, text, sparse].join("|");
    if (directory && mode & 0o400)
      for (const each of fs.readdirSync(path, { encoding: "buffer" }).sort(Buffer.compare)) see(Buffer.concat([Buffer.from(path), Buffer.from("/"), each]));
  };
  see(Buffer.from("."));
  console.log(JSON.stringify(seen));
`;
