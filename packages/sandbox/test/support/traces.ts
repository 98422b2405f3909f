import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ownHierarchies } from "../../src/cgroup/hierarchies.ts";
import { waitMs } from "./this-machine.ts";

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

/** Waits for the end of what ends a moment after it was told to; gives what is left of it where it does not. */
export async function settled<T extends readonly unknown[]>(look: () => T): Promise<T> {
  for (const end = performance.now() + waitMs; ; await delay(5)) {
    const left = look();
    if (left.length === 0 || performance.now() > end) return left;
  }
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

/** Control groups with this text in their names, at most two levels below the one where this process makes its own. */
export function cgroupsWith(text: string): string[] {
  const { v1, v2 } = ownHierarchies();
  // A process that has divided its v2 group lives in a leaf of it: see delegation-v2.ts.
  const base = v2 !== undefined && basename(v2) === "cloison.host" ? dirname(v2) : v2;
  const bases = [...new Set([...v1.values(), ...(base === undefined ? [] : [base])])];
  const below = (directory: string, depth: number): string[] =>
    directoriesIn(directory).flatMap((path) => [path, ...(depth > 0 ? below(path, depth - 1) : [])]);
  return bases.flatMap((base) => below(base, 1)).filter((path) => path.includes(text));
}

/** None where the directory is gone: groups of other hosts come and go. */
function directoriesIn(path: string): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name));
  } catch {
    return [];
  }
}

/** Launchers that a host has started and that run. */
export function launchersOf(pid: number): number[] {
  return runningWith("cloison-init").filter((each) => Number(statusOf(each)?.get("PPid")) === pid);
}

/**
 * Processes that run a program of a directory, wherever it is mounted. PID 1 of a sandbox hides its program from all but
 * root; an ordinary user counts all that are named like it and are its own.
 */
export function runningProgramsOf(directory: string): number[] {
  const programs = new Set(
    readdirSync(directory, { recursive: true, encoding: "utf8" }).flatMap(
      (name) => identity(join(directory, name)) ?? [],
    ),
  );
  const isOurs = (pid: number) => {
    const program = identity(`/proc/${pid}/exe`);
    if (program !== undefined) return programs.has(program);
    const user = statusOf(pid)?.get("Uid")?.split("\t")[0];
    return Number(user) === process.geteuid?.() && commandLine(pid).includes("cloison-init");
  };
  return pids().filter((pid) => isOurs(pid) && isRunning(pid));
}

function identity(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined; // gone, or not ours to look at
  }
}

/** Where a privileged host's sandboxes have their ids, by docs/architecture.md. */
const sandboxIds = { first: 1879048192, count: 2 ** 22 };

/**
 * Ids of sandboxes that have keys and not one process: keyrings that nobody can be using (keyrings(7)). A process that
 * ends between two looks is no finding, so look again.
 */
export function idsWithForgottenKeys(): number[] {
  const owners = readFileSync("/proc/key-users", "utf8")
    .trim()
    .split("\n")
    .map((line) => Number(line.split(":")[0]))
    .filter((owner) => owner >= sandboxIds.first && owner < sandboxIds.first + sandboxIds.count);
  const alive = new Set(pids().flatMap((pid) => Number(statusOf(pid)?.get("Uid")?.split("\t")[0])));
  return owners.filter((owner) => !alive.has(owner));
}
