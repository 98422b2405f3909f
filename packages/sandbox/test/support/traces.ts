import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ownHierarchies } from "../../src/cgroup/hierarchies.ts";

/** Fields of /proc/PID/status; undefined for a process that is gone. */
export function statusOf(pid: number | string): Map<string, string> | undefined {
  try {
    const lines = readFileSync(`/proc/${pid}/status`, "utf8").split("\n");
    return new Map(
      lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
    );
  } catch {
    return undefined;
  }
}

/** Whether a process runs; one that nobody has waited for yet does not. */
export function isRunning(pid: number | string): boolean {
  const status = statusOf(pid);
  return status !== undefined && !(status.get("State")?.startsWith("Z") && status.get("Threads") === "1");
}

/** Every process of the machine that runs with this text among its arguments. */
export function runningWith(text: string): number[] {
  return pids().filter((pid) => commandLine(pid).includes(text) && isRunning(pid));
}

/** A process and all that descend from it. */
export function descendants(ancestor: number): number[] {
  const all = pids().map((pid) => ({ pid, parent: Number(statusOf(pid)?.get("PPid")) }));
  const found = [ancestor];
  for (const pid of found) found.push(...all.filter(({ parent }) => parent === pid).map((each) => each.pid));
  return found;
}

function pids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** Control groups with this text in their names, at most two levels below the process's own. */
export function cgroupsWith(text: string): string[] {
  const { v1, v2 } = ownHierarchies();
  const bases = [...new Set([...v1.values(), ...(v2 === undefined ? [] : [v2])])];
  const below = (directory: string, depth: number): string[] =>
    readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(directory, entry.name))
      .flatMap((path) => [path, ...(depth > 0 && existsSync(path) ? below(path, depth - 1) : [])]);
  return bases.flatMap((base) => below(base, 1)).filter((path) => path.includes(text));
}

/** Launchers that a host has started and that run. */
export function launchersOf(pid: number): number[] {
  return runningWith("cloison-init").filter((each) => Number(statusOf(each)?.get("PPid")) === pid);
}
