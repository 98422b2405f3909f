import { readdirSync, readFileSync } from "node:fs";
import { errorCode } from "../cgroup/index.ts";
import type { LivingSandbox } from "../living-sandbox.ts";

/** What a read gives, or `gone` when the process it is about has ended. */
function unlessGone<T, G>(read: () => T, gone: G): T | G {
  try {
    return read();
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ESRCH") return gone;
    throw error;
  }
}

/**
 * Whether PID 1 has ended or is about to, which takes all that runs beside it along: its end will be told soon. False
 * where that cannot be seen. An exiting process has no memory any more, and so no command line.
 */
export function isEnding({ end, procFd, initPid }: LivingSandbox): boolean {
  if (end !== undefined) return false; // told already, and the descriptor is closed
  try {
    return look(`/proc/self/fd/${procFd}/task`, initPid);
  } catch {
    return false; // no descriptor is left to look with
  }
}

/** @param tasks of the launcher, whose child PID 1 is until it is reaped; this directory stays its own. */
function look(tasks: string, initPid: number): boolean {
  const listThreads = () => unlessGone(() => readdirSync(tasks), []);
  const listChildren = (thread: string) =>
    unlessGone(() => readFileSync(`${tasks}/${thread}/children`, "utf8").split(" "), undefined);
  const [thread] = listThreads();
  if (thread === undefined) return true;
  const children = listChildren(thread);
  if (children === undefined) return listThreads().length === 0; // else a kernel that does not list children
  if (!children.includes(String(initPid))) return true;
  const commandLine = unlessGone(() => readFileSync(`/proc/${initPid}/cmdline`, "utf8"), undefined);
  // Reaped just now, or hidden from this user.
  if (commandLine === undefined) return listChildren(thread)?.includes(String(initPid)) !== true;
  return commandLine === "";
}
