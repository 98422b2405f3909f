import { readFileSync, readlinkSync } from "node:fs";
import { errorCode } from "./control-file.ts";

/**
 * Groups are named `cloison.<pid namespace>.<pid>.<start time>.<name>` after the host process that made them,
 * so that a later host can tell the groups of the dead from those of the living. A pid says nothing outside of
 * its namespace: hosts in containers that share a hierarchy leave each other's groups alone.
 */
export function ownerPrefix(): string {
  own ??= `cloison.${pidNamespace()}.${process.pid}.${startTime("self")}.`;
  return own;
}

let own: string | undefined;

/** Whether a directory's name is that of a group of this pid namespace whose host does not run any more. */
export function isOrphan(directoryName: string): boolean {
  const [, namespace, pid, start] = /^cloison\.(\d+)\.(\d+)\.(\d+)\.[\w-]+$/.exec(directoryName) ?? [];
  if (pid === undefined || namespace !== pidNamespace()) return false;
  return startTime(pid) !== start && !hiddenButAlive(Number(pid));
}

function pidNamespace(): string {
  return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
}

/** Start time in clock ticks since boot (proc_pid_stat(5), field 22); undefined for the dead. */
function startTime(pid: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie with more than one thread is a living process whose first thread has ended.
    return state === "Z" && fields[16] === "1" ? undefined : fields[18];
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ESRCH") return undefined;
    throw error;
  }
}

/** With hidepid, /proc does not show another user's process: what cannot be seen is not called dead. */
function hiddenButAlive(pid: number): boolean {
  if (startTime(String(pid)) !== undefined) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
