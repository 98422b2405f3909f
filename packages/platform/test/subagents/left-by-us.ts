import { execFileSync } from "node:child_process";

/** Sandboxes that this process has begun and that are not gone: processes of its own, and their groups. */
export function leftByUs(): { processes: number; groups: string[] } {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid=,comm="], { encoding: "utf8" }).trim().split("\n");
  const rows = lines.map((line) => line.trim().split(/\s+/));
  let found = new Set([String(process.pid)]);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    const below = rows.flatMap(([pid = "", ppid = "", name]) =>
      name !== "ps" && found.has(ppid) ? pid : [],
    );
    found = new Set([...found, ...below]);
  }
  const named = `cloison.*.${process.pid}.*`;
  const groups = execFileSync("find", ["/sys/fs/cgroup", "-type", "d", "-name", named], { encoding: "utf8" });
  return { processes: found.size - 1, groups: groups.split("\n").filter((line) => line !== "") };
}
