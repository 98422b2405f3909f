/**
 * A program for the sandbox's own Node, that looks for a text in the environment, command line and
 * memory of every process that it can see but itself, and in the files below some directories. It
 * never puts the text together, so that it does not find what it brought.
 */
export function searchForKey(key: string): string {
  const halves = [key.slice(0, 9), key.slice(9)];
  return `
    const fs = require("node:fs");
    const [head, tail] = ${JSON.stringify(halves)}.map((half) => Buffer.from(half));
    const seen = { processes: 0, memoryBytes: 0, files: 0, hits: [] };
    function search(name, buffer) {
      for (let at = buffer.indexOf(head); at !== -1; at = buffer.indexOf(head, at + 1)) {
        const next = at + head.length;
        if (buffer.subarray(next, next + tail.length).equals(tail)) return void seen.hits.push(name);
      }
    }
    function attempt(read) {
      try { return read(); } catch { return undefined; }
    }
    function searchMemory(pid) {
      const maps = attempt(() => fs.readFileSync("/proc/" + pid + "/maps", "utf8")) ?? "";
      const memory = attempt(() => fs.openSync("/proc/" + pid + "/mem", "r"));
      if (memory === undefined) return;
      for (const [, from, to] of maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) r/gm)) {
        const start = parseInt(from, 16);
        const buffer = Buffer.alloc(Math.min(parseInt(to, 16) - start, 64 << 20));
        const bytes = attempt(() => fs.readSync(memory, buffer, 0, buffer.length, start)) ?? 0;
        seen.memoryBytes += bytes;
        search(pid + " memory", buffer.subarray(0, bytes));
      }
      fs.closeSync(memory);
    }
    for (const pid of fs.readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) {
      if (pid === String(process.pid)) continue;
      seen.processes += 1;
      for (const name of ["environ", "cmdline"]) {
        search(pid + " " + name, attempt(() => fs.readFileSync("/proc/" + pid + "/" + name)) ?? Buffer.alloc(0));
      }
      searchMemory(pid);
    }
    for (const directory of ["/workspace", "/tmp", "/home", "/opt", "/etc"]) {
      for (const entry of attempt(() => fs.readdirSync(directory, { recursive: true, withFileTypes: true })) ?? []) {
        const path = entry.parentPath + "/" + entry.name;
        const content = entry.isFile() ? attempt(() => fs.readFileSync(path)) : undefined;
        if (content !== undefined) { seen.files += 1; search(path, content); }
      }
    }
    console.log(JSON.stringify(seen));`;
}
