import { readFileSync, readlinkSync } from "node:fs";
import { errorCode } from "./io-error.ts";

/**
 * What names one process of this machine for good: a pid alone is given again after a while, a pid
 * with its start time is not before the next boot (proc(5), `/proc/pid/stat` field 22).
 */
export interface ProcessOwner {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process. */
  readonly startTicks: string;
  /** Inode of the pid namespace, in which `pid` has its meaning. */
  readonly pidNamespace: string;
  readonly bootId: string;
}

/** What is known of an owner: `elsewhere` is a process of another pid namespace, such as a container's. */
export type OwnerState = "alive" | "dead" | "elsewhere";

/** The process that runs this code. */
export function currentOwner(): ProcessOwner {
  return {
    pid: process.pid,
    startTicks: startTicksOf("self") ?? "0",
    pidNamespace: currentPidNamespace(),
    bootId: currentBootId(),
  };
}

/** One name without slashes; `parseOwner` reads it back. */
export function formatOwner(owner: ProcessOwner): string {
  return `${owner.pid}.${owner.startTicks}.${owner.pidNamespace}.${owner.bootId}`;
}

/** @returns undefined for text that `formatOwner` did not write */
export function parseOwner(text: string): ProcessOwner | undefined {
  const [pid, startTicks, pidNamespace, bootId, ...rest] = text.split(".");
  if (rest.length > 0 || pid === undefined || !/^[1-9]\d{0,9}$/.test(pid)) return undefined;
  if (startTicks === undefined || pidNamespace === undefined || bootId === undefined) return undefined;
  return { pid: Number(pid), startTicks, pidNamespace, bootId };
}

/** Whether the process that wrote an owner's name still runs. One whose end nobody has asked for does not. */
export function ownerState(owner: ProcessOwner): OwnerState {
  if (owner.bootId !== currentBootId()) return "dead";
  if (owner.pidNamespace !== currentPidNamespace()) return "elsewhere";
  return startTicksOf(String(owner.pid)) === owner.startTicks ? "alive" : "dead";
}

/** @returns undefined for the dead, also those that their parent leaves as zombies, as a container's first process may */
function startTicksOf(pid: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name, in parentheses, may itself hold spaces and parentheses. Field 3 follows the last one.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie with more than one thread is a process whose first thread has ended: another one may still write.
    return state === "Z" && fields[16] === "1" ? undefined : fields[18];
  } catch (error) {
    // ESRCH: the process ended between open and read.
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ESRCH") return undefined;
    throw error;
  }
}

function currentPidNamespace(): string {
  return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
}

function currentBootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
