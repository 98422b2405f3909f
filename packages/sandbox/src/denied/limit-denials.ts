import type { Cgroup } from "../cgroup/index.ts";
import type { ParsedOptions } from "../options/sandbox-options.ts";
import type { Denial, SandboxEnd } from "../types.ts";

/** The kernel's counts of what limits have refused to the whole sandbox. */
export interface LimitCounts {
  readonly oomKills: number;
  readonly pidsRefused: number;
}

export function countRefusals(cgroup: Cgroup | undefined): LimitCounts {
  return { oomKills: cgroup?.oomKills() ?? 0, pidsRefused: cgroup?.pidsRefused() ?? 0 };
}

/** What of a command's end limits may have caused. */
export interface LimitedEnd {
  readonly before: LimitCounts;
  readonly after: LimitCounts;
  readonly oomKilled: boolean;
  readonly timedOut: boolean;
  readonly timeoutMs: number | undefined;
  readonly signal: NodeJS.Signals | null;
  readonly sandboxEnd: SandboxEnd | undefined;
}

function memoryDenial({ memoryMb }: ParsedOptions["limits"]): Denial {
  return {
    layer: "memory",
    what: `limits.memoryMb: ${memoryMb} MB for all processes and files in memory together were used up, and the kernel killed one`,
    hint: "raise limits.memoryMb, use less at once, or write to a mounted directory instead of /tmp",
  };
}

function pidsDenial({ pids }: ParsedOptions["limits"]): Denial {
  return {
    layer: "pids",
    what: `limits.pids: a process or thread beyond ${pids} was refused`,
    hint: "raise limits.pids, or start fewer at once (for example make -j2)",
  };
}

const endLayers: Readonly<Partial<Record<string, Denial["layer"]>>> = {
  timeoutMs: "time",
  wallMs: "time",
  memoryMb: "memory",
  diskMb: "disk",
};

/** Each file is bounded as all of them are. */
export function fileSizeHint({ diskMb }: ParsedOptions["limits"]): string {
  return diskMb === undefined
    ? "write smaller files"
    : `no file may be larger than limits.diskMb (${diskMb} MB): raise it, or write smaller files`;
}

/** What the limits had to do with a command's end, by the kernel's and the host's own account. */
export function limitDenials(limits: ParsedOptions["limits"], end: LimitedEnd): Denial[] {
  const denials: Denial[] = [];
  if (end.oomKilled || end.after.oomKills > end.before.oomKills) denials.push(memoryDenial(limits));
  if (end.after.pidsRefused > end.before.pidsRefused) denials.push(pidsDenial(limits));
  if (end.timedOut)
    denials.push({
      layer: "time",
      what: `timeoutMs: the command was ended after ${end.timeoutMs} ms`,
      hint: "raise timeoutMs, or do less in one command",
    });
  if (end.signal === "SIGXFSZ")
    denials.push({
      layer: "disk",
      what: "the command was ended for a file beyond the size that is allowed (RLIMIT_FSIZE)",
      hint: fileSizeHint(limits),
    });
  const layer = end.sandboxEnd === undefined ? undefined : endLayers[end.sandboxEnd.reason];
  if (layer !== undefined && end.sandboxEnd !== undefined)
    denials.push({
      layer,
      what: `the sandbox was ended: ${end.sandboxEnd.detail}`,
      hint:
        end.sandboxEnd.reason === "timeoutMs"
          ? "raise timeoutMs, call setTimeout() before it is over, or pause in place of ending: onTimeout"
          : `raise limits.${end.sandboxEnd.reason}, and make a new sandbox`,
    });
  return denials;
}
