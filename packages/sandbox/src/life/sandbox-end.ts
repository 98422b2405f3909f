import { SandboxClosedError } from "../errors.ts";
import type { Status } from "../launcher/status.ts";
import type { SandboxEnd } from "../types.ts";

/**
 * Why a sandbox has ended.
 *
 * @param status the last of its launcher
 * @param wanted why its host has ended it, if it has
 */
export function describeEnd(status: Status | undefined, wanted?: SandboxEnd): SandboxEnd {
  if (status?.kind !== "ended") return { reason: "crashed", detail: "the launcher's process was killed" };
  if (status.how === "wall") return { reason: "wallMs", detail: "its time was over (limits.wallMs)" };
  if (status.how === "memory")
    return { reason: "memoryMb", detail: "its memory was used up (limits.memoryMb, limits.oomKill)" };
  if (status.how === "disk") return { reason: "diskMb", detail: `${status.detail} (limits.diskMb)` };
  if (status.how === "closed") return wanted ?? { reason: "killed", detail: "its host ended it" };
  return {
    reason: "crashed",
    detail: `PID 1 was ended by signal ${status.signal}, for example for want of memory`,
  };
}

/** For what is asked of a sandbox that has ended. */
export function hasEnded({ detail }: SandboxEnd): SandboxClosedError {
  return new SandboxClosedError(`the sandbox has ended: ${detail}; make a new one`);
}
