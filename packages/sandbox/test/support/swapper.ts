/**
 * A program for Node: swaps directories and files of the working directory for links to `argv[1]` on the host, moves
 * directories up and down, and prints how often it has, until it is ended.
 */
export const swapper = `
  const fs = require("node:fs");
  const outside = process.argv[1];
  fs.mkdirSync("deep/a/b/c", { recursive: true });
  for (const directory of ["x", "deep/a/b", "deep/a/b/c"]) fs.writeFileSync(directory + "/secret", "own");
  fs.writeFileSync("f", "own");
  fs.symlinkSync(outside, "link");
  fs.symlinkSync(outside + "/secret", "flink");
  fs.symlinkSync("../../../../../.." + outside, "deep/up");
  const rename = (from, to) => {
    try {
      fs.renameSync(from, to);
    } catch {} // somebody else is at work there too
  };
  const swap = (one, other) => {
    rename(one, "t");
    rename(other, one);
    rename(one, other);
    rename("t", one);
  };
  for (let count = 0; ; count++) {
    swap("x", "link");
    swap("f", "flink");
    rename("deep/a/b/c", "moved");
    rename("deep/a", "x/a");
    rename("x/a", "deep/a");
    rename("moved", "deep/a/b/c");
    if (count % 100 === 0) console.log(count);
  }
`.replace('fs.mkdirSync("deep', 'fs.mkdirSync("x", { recursive: true });\n  fs.mkdirSync("deep');
