import { readdirSync, readFileSync } from "node:fs";
import type { LivingSandbox } from "../create-sandbox.ts";

/** The process that its launcher has below it: PID 1, unless the launcher has reaped it. */
function childOf(launcher: string): string | undefined {
  const [thread = ""] = readdirSync(`${launcher}/task`);
  return readFileSync(`${launcher}/task/${thread}/children`, "utf8")
    .split(" ")
    .find((pid) => pid !== "");
}

/**
 * Whether PID 1 has ended or is about to, which takes all that runs beside it along: its end will be told soon. False
 * where that cannot be seen. An exiting process has no memory any more, and so no command line.
 */
export function isEnding({ end, procFd }: LivingSandbox): boolean {
  if (end !== undefined) return false; // told already, and the descriptor is closed
  try {
    const init = childOf(`/proc/self/fd/${procFd}`);
    return init === undefined || readFileSync(`/proc/${init}/cmdline`).length === 0;
  } catch {
    return false;
  }
}
