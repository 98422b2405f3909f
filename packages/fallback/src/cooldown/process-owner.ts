import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { errorCode } from "./file-error.ts";

/**
 * A name for this process that no later one gets: a pid alone is given again after a while, a pid with
 * its start time is not before the next boot (proc(5), `/proc/pid/stat` field 22). Where there is no
 * /proc, the pid and the host's name have to do.
 */
export function currentOwner(): string {
  return [process.pid, startOf(process.pid) ?? "", machine()].join(".");
}

/** `elsewhere`: a process of another machine, container or boot, which cannot be looked up. */
export function ownerState(owner: string): "alive" | "dead" | "elsewhere" {
  const [pid = "", start = "", ...rest] = owner.split(".");
  if (!/^[1-9]\d{0,9}$/.test(pid) || rest.join(".") !== machine()) return "elsewhere";
  if (start !== "") return startOf(Number(pid)) === start ? "alive" : "dead";
  return isAlive(Number(pid)) ? "alive" : "dead";
}

/** Host, boot and pid namespace: where a pid means the same process. */
function machine(): string {
  const boot = orNothing(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  const namespace = orNothing(() => readlinkSync("/proc/self/ns/pid").replace(/\D/g, ""));
  return [hostname(), boot, namespace].filter((part) => part !== undefined).join(".");
}

function startOf(pid: number): string | undefined {
  const stat = orNothing(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  // The command's name, in parentheses, may itself hold spaces and parentheses. Field 3 follows the last one.
  const [state, ...fields] = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  // A zombie is dead, unless only its first thread has ended.
  return state === "Z" && fields[16] === "1" ? undefined : fields[18];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** What the kernel does not tell is not there: another kernel, no /proc, or a process that has just ended. */
function orNothing(read: () => string): string | undefined {
  try {
    return read();
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ESRCH" || code === "EACCES" || code === "EINVAL") return undefined;
    throw error;
  }
}
