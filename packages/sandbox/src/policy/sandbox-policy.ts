import type { Cgroup } from "../cgroup/index.ts";
import { diskLimit, fileSizeLimit } from "../disk/disk-policy.ts";
import type { ParsedCommand } from "../options/command-options.ts";
import type { ParsedMount } from "../options/mounts.ts";
import type { ParsedOptions } from "../options/sandbox-options.ts";
import { defaultSeccompProfile, initProfile } from "../seccomp/index.ts";
import type { Operation } from "./encode-policy.ts";
import { commandIds, sandboxIds } from "./ids.ts";
import { rootFilesystem, writablePlaces } from "./root-filesystem.ts";
import { seccompHex } from "./seccomp-hex.ts";

/** Numbers of rlimits: asm-generic/resource.h, the same on x86-64 and arm64. */
const rlimit = { data: "2", core: "4", nproc: "6", nofile: "7", nice: "13", rtprio: "14" } as const;
const maxOpenFiles = "65536";
/**
 * One byte: no file, and no call of the host's handler either. With 0 the kernel still gives the memory of what
 * crashes to a handler that core_pattern names by a pipe, which runs as root outside (fs/coredump.c, core(5)).
 */
const noCoreAtAll = "1";
/**
 * Units of 2^20 bytes that RLIMIT_DATA grants on top of the limit: V8 sets aside an address range of this size for
 * its code, nearly all of it never touched, and the rlimit counts it in full.
 */
const codeRangeMb = 512;

/** The whole environment of a command that is given none. */
export const defaultEnvs = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/home/agent",
  USER: "agent",
  LANG: "C.UTF-8",
  TERM: "dumb",
};

function rlimits(options: ParsedOptions, cgroup: Cgroup | undefined): Operation[] {
  const always: Operation[] = [
    ["rlimit", rlimit.core, noCoreAtAll],
    ["rlimit", rlimit.nice, "0"],
    ["rlimit", rlimit.rtprio, "0"],
    ["rlimit", rlimit.nofile, maxOpenFiles],
    ...fileSizeLimit(options),
  ];
  if (cgroup !== undefined) return always;
  return [
    ...always,
    ["rlimit", rlimit.data, String((options.limits.memoryMb + codeRangeMb) * 2 ** 20)],
    ["rlimit", rlimit.nproc, String(options.limits.pids)],
  ];
}

/** What makes a process of the sandbox a member of its groups. */
export function cgroupJoin(cgroup: Cgroup | undefined): Operation[] {
  if (cgroup === undefined) return [];
  return cgroup.join.kind === "v1"
    ? cgroup.join.tasksFiles.map((path): Operation => ["cgroup-v1", path])
    : [["cgroup-v2", cgroup.join.directory]];
}

/** The launcher watches for want of memory, where all of the sandbox is to end with it. */
function oomEnd({ limits }: ParsedOptions, cgroup: Cgroup | undefined): Operation[] {
  const directory = cgroup?.memoryDirectory;
  return limits.oomKill !== "sandbox" || directory === undefined ? [] : [["oom-end", directory]];
}

function mountOperations({ source, target, access, lower }: ParsedMount): Operation[] {
  if (lower === undefined) return [["bind", source, target, access]];
  return [
    ["branch-lower", lower],
    ["branch", source, target],
  ];
}

/** What the launcher applies to make a sandbox. */
export function sandboxPolicy(options: ParsedOptions, cgroup: Cgroup | undefined): Operation[] {
  return [
    ...sandboxIds(options),
    ["hostname", options.hostname],
    ...cgroupJoin(cgroup),
    ...(cgroup?.directories ?? []).map((path): Operation => ["cgroup-remove", path]),
    ...oomEnd(options, cgroup),
    ...rootFilesystem(options),
    ["file", "/etc/hostname", `${options.hostname}\n`],
    ["file", "/etc/hosts", `127.0.0.1 localhost ${options.hostname}\n::1 localhost\n`],
    ...writablePlaces(options.limits),
    ...diskLimit(options),
    ...options.mounts.flatMap(mountOperations),
    ...rlimits(options, cgroup),
    ...(options.limits.wallMs === undefined ? [] : [["wall-ms", String(options.limits.wallMs)] as const]),
    ["seccomp", seccompHex(initProfile(options.seccomp), "kernel")],
  ];
}

/** What the launcher needs to try acts for `checkHost`, with a directory to show under other ids. */
export function checkPolicy(directory: string): Operation[] {
  return [
    ...sandboxIds({ ids: "auto" }),
    ["bind", directory, "/workspace", "rw"],
    ["seccomp", seccompHex(defaultSeccompProfile, "kernel")],
  ];
}

/** Descriptors of a joining launcher, beside the three of the command's own. */
export const joinDescriptors = { launcherProc: 5, channel: 6 } as const;
/** The descriptor that a command finds its channel on. */
const channelInside = "3";

export interface JoinTarget {
  readonly options: ParsedOptions;
  readonly cgroup: Cgroup | undefined;
  readonly outsideUid: number;
  readonly outsideGid: number;
}

/** Where commands run and files are looked for unless something else is said. */
export function defaultDirectory({ mounts }: ParsedOptions): string {
  return mounts.some((mount) => mount.target === "/workspace") ? "/workspace" : defaultEnvs.HOME;
}

function terminal({ terminal: size }: ParsedCommand): Operation[] {
  return size === undefined ? [] : [["terminal", String(size.cols), String(size.rows)]];
}

/** What the launcher applies to run one more command in a living sandbox. */
export function commandPolicy(target: JoinTarget, command: ParsedCommand): Operation[] {
  const { options, cgroup } = target;
  return [
    ...commandIds(target),
    ["namespaces", String(joinDescriptors.launcherProc)],
    ...cgroupJoin(cgroup),
    ...(command.channel ? [["descriptor", String(joinDescriptors.channel), channelInside] as const] : []),
    ...terminal(command),
    ...rlimits(options, cgroup),
    ["seccomp", seccompHex(options.seccomp, "listener")],
    ["cwd", command.cwd ?? defaultDirectory(options)],
    ...Object.entries({ ...defaultEnvs, ...command.envs }).map(
      ([name, value]): Operation => ["env", `${name}=${value}`],
    ),
    ...command.argv.map((argument): Operation => ["arg", argument]),
  ];
}
