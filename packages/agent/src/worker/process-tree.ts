import { readdirSync, readFileSync } from "node:fs";

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
}

/** How to know a command's processes. */
export interface CommandMark {
  /** The process that was started, leader of its session. */
  readonly root: number;
  /** `NAME=value`, in the environment that the root was given and its descendants inherited. */
  readonly variable: string;
}

/** proc_pid_stat(5): pid (name) state ppid pgrp session …; the name may hold spaces and parentheses. */
function readStat(pid: number): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state, parent, , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? undefined : { pid, parent: Number(parent), session: Number(session) };
  } catch {
    // It ended since the directory was read.
    return undefined;
  }
}

function hasVariable(pid: number, variable: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(variable);
  } catch {
    // It ended, or may not be looked into.
    return false;
  }
}

/**
 * The living processes of a command: its descendants, what is left of its session after their parents ended,
 * and daemons that left both. Only a daemon that also cleared its environment is not found; the sandbox's end
 * takes that.
 */
export function findProcesses({ root, variable }: CommandMark): Set<number> {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== undefined);
  const found = new Set<number>();
  for (const { pid, session } of processes) {
    if (pid === root || session === root || hasVariable(pid, variable)) found.add(pid);
  }
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { pid, parent } of processes) if (found.has(parent)) found.add(pid);
  }
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // ESRCH: it has ended meanwhile.
  }
}

/** Looks that suffice against processes that fork while we look; a fork bomb is for the pids limit. */
const maxLooks = 5;

/** Kills a command with everything that it started. */
export function killCommand(mark: CommandMark): void {
  kill(-mark.root);
  for (let look = 0; look < maxLooks; look++) {
    const found = findProcesses(mark);
    if (found.size === 0) return;
    for (const pid of found) kill(pid);
  }
}
