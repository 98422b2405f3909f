import type { Commands } from "./commands/types.ts";
import type { EventsOptions } from "./events/event-stream.ts";
import type { SandboxEvent } from "./events/events.ts";
import type { Files } from "./files/types.ts";
import type { SandboxLife } from "./life/types.ts";
import type { Ports } from "./ports/types.ts";
import type { Pty } from "./pty/types.ts";
import type { SnapshotOptions, SnapshotStoreOptions } from "./snapshots/types.ts";

export type {
  CommandExit,
  CommandHandle,
  CommandOptions,
  CommandResult,
  Commands,
  StartOptions,
} from "./commands/types.ts";

/** A file or directory of the host that the sandbox sees. */
export interface Mount {
  /** Path on the host; must exist. Symbolic links in it are resolved once, before the sandbox starts. */
  readonly source: string;
  /** Absolute path inside, outside the system's own directories and not below another mount. */
  readonly target: string;
  readonly access: "ro" | "rw";
}

/** Rates of one disk; at least one of them must be given. */
export interface IoLimit {
  /** Any path on the disk; must exist. */
  readonly path: string;
  /** Bytes each second; at least 2. */
  readonly readBps?: number;
  readonly writeBps?: number;
  /** Operations each second; at least 2. */
  readonly readIops?: number;
  readonly writeIops?: number;
}

export interface SandboxLimits {
  /** Memory of all processes together, tmpfs files included, in units of 2^20 bytes. Default 512. */
  readonly memoryMb?: number;
  /** Processes and threads, PID 1 included. Default 128. */
  readonly pids?: number;
  /** Processor time per time; 1.5 is one and a half processors. Default: no limit. */
  readonly cpus?: number;
  /** Share of processor time where there is not enough for all, 1 to 10,000; everybody else has 100. */
  readonly cpuWeight?: number;
  /** Swap beyond `memoryMb`, in the same units. Default 0. */
  readonly swapMb?: number;
  /**
   * Whom the kernel ends when the memory is used up: one process, the default, or the whole sandbox. Needs a
   * cgroup.
   */
  readonly oomKill?: "process" | "sandbox";
  /** Rates of reading from and writing to disks. Writing needs cgroup v2. Default: no limit. */
  readonly io?: readonly IoLimit[];
  /**
   * What the sandbox may add to all its writable mounts together, in units of 2^20 bytes, with one file or name for
   * each 4 KB of it. No file may be larger, those that were there included (RLIMIT_FSIZE), nor all places in memory
   * together. A project quota holds it where the file system and root have it: writes fail then (EDQUOT), and links
   * that were there cannot be renamed (EXDEV). Else a watchdog ends the sandbox, which may have written somewhat more
   * by then. {@link SandboxStats.diskBy} tells which. Default: no limit.
   */
  readonly diskMb?: number;
  /** Life of the sandbox in milliseconds; it ends itself then. Default: no limit. */
  readonly wallMs?: number;
}

/**
 * The system calls that programs inside may make.
 *
 * `default`: what shells, compilers, git, Node, Python, package managers and SQLite need. `strict`: also no new
 * process beyond `exec` (threads stay; a command that is a string needs a shell that can do without `fork`), and no
 * socket but the two ends of a pair. Or one of them with calls by name more and less: `allow` never takes the check of
 * a call's arguments away, and calls that other layers rest on (`unshare`, `mount`, `io_uring_setup` …) are an error
 * there; `deny` gives EPERM.
 */
export type SeccompOption =
  | "default"
  | "strict"
  | {
      readonly extends: "default" | "strict";
      readonly allow?: readonly string[];
      readonly deny?: readonly string[];
    };

/**
 * Which ids of the kernel a sandbox has; inside it is always uid and gid 1000.
 *
 * `auto`: as root, ids that no other living sandbox has; else the user's own. A range, for root: the same, out of these;
 * `first` is 65536 or more. `subordinate`, for an ordinary user: one of the ids that /etc/subuid and /etc/subgid give
 * the user, by newuidmap and newgidmap. It is another than the user's own, without the user's groups: of the mounts it
 * reads and writes what everybody may.
 */
export type IdsOption = "auto" | "subordinate" | { readonly first: number; readonly count: number };

/** Where what the sandbox writes to its system goes. */
export interface WritableSystemOptions {
  /**
   * A directory of the host's that keeps it, for later sandboxes: with mode 0700, on a file system that can be the
   * upper layer of an overlay (ext4, xfs, btrfs, tmpfs), used by one living sandbox at a time. As root Linux 5.19 is
   * needed. Default: memory, and it vanishes with the sandbox.
   */
  readonly directory?: string;
  /** Size of that memory in units of 2^20 bytes; counts against the memory limit, half of which is the default. */
  readonly sizeMb?: number;
}

export interface SandboxOptions {
  readonly mounts?: readonly Mount[];
  /**
   * `host`, the default: the host's /usr and libraries. Else the path of a directory with a Linux root, as
   * debootstrap or `docker export` makes it; nothing is created in it.
   */
  readonly rootfs?: string;
  /**
   * Lets the sandbox create, replace and delete in its system, which no other sandbox and not the host sees. Files
   * of other owners, such as root's, cannot be changed in place and stay unreadable where they are. Default false.
   */
  readonly writableSystem?: boolean | WritableSystemOptions;
  readonly ids?: IdsOption;
  /** `none`, the default and the only value so far: an empty network namespace with a loopback of its own. */
  readonly network?: "none";
  readonly limits?: SandboxLimits;
  /**
   * `required`, the default: a layer or a limit that cannot be applied is an error. `best-effort`: limits that no
   * cgroup can hold are held by rlimits where those can, and {@link SandboxStats.unenforced} names the rest.
   */
  readonly enforce?: "required" | "best-effort";
  /** Name of the machine inside, 1 to 63 letters, digits and hyphens. Default `sandbox`. */
  readonly hostname?: string;
  /** Default `default`. PID 1 has the same filter, with what it lives by. */
  readonly seccomp?: SeccompOption;
  /**
   * Milliseconds after which the sandbox's time is over, in which pauses do not count; up to 2,147,483,647. Kept by the
   * host process, and changed by `setTimeout`; `limits.wallMs` is kept by another, and cannot be changed. Default: no
   * limit.
   */
  readonly timeoutMs?: number;
  /** What happens then. `pause` needs a cgroup. Default `kill`. */
  readonly onTimeout?: "kill" | "pause";
  /**
   * Hears of everything that happens in and to the sandbox, from `sandbox.started` on. One that throws is not called
   * again.
   */
  readonly onEvent?: (event: SandboxEvent) => void;
  /**
   * Id of a snapshot to begin with: its mounts as private copies at their targets, which end with the sandbox, and what
   * was in /home/agent and /tmp. A mount of the same target in `mounts` gets the content copied into it instead, and
   * must be empty.
   */
  readonly from?: string;
  readonly snapshots?: SnapshotStoreOptions;
}

/** One thing that stands between the sandbox and the host, in words. */
export interface Layer {
  readonly name: string;
  readonly detail: string;
  /** False only with `enforce: "best-effort"`. */
  readonly applied: boolean;
}

/**
 * Why a sandbox ended. `killed`: by its host's `kill()`, or by the host for a command that could not be ended alone.
 * `timeoutMs`: its time was over, with `onTimeout: "kill"`, or it could not be paused. `wallMs`: that limit's time was
 * over. `memoryMb`: for want of memory, with `limits.oomKill: "sandbox"`. `diskMb`: for what it wrote. `crashed`: the
 * kernel or someone else ended PID 1 or the launcher. `detail` says it in words, for a reader.
 */
export interface SandboxEnd {
  readonly reason: "killed" | "timeoutMs" | "wallMs" | "memoryMb" | "diskMb" | "crashed";
  readonly detail: string;
}

export interface SandboxStats {
  readonly enforce: "required" | "best-effort";
  /** What holds the limits. */
  readonly limitsBy: "cgroup v1" | "cgroup v2" | "rlimits";
  /** Limits that nothing holds; always empty with `enforce: "required"`. */
  readonly unenforced: readonly string[];
  /** What holds `diskMb` in the writable mounts; undefined without such a limit or such mounts. */
  readonly diskBy: "project quota" | "watchdog" | undefined;
  /** Figures of the cgroup; undefined where there is none. */
  readonly memoryMb: number | undefined;
  readonly memoryPeakMb: number | undefined;
  readonly pids: number | undefined;
  /** Linux 6.1. */
  readonly pidsPeak: number | undefined;
  readonly cpuMs: number | undefined;
  /** Time for which processes waited because `cpus` was used up. */
  readonly throttledMs: number | undefined;
  /** From and to disks, in units of 2^20 bytes; on cgroup v1 with `limits.io` alone, and what is written directly. */
  readonly ioReadMb: number | undefined;
  readonly ioWrittenMb: number | undefined;
  readonly oomKills: number | undefined;
  /** Milliseconds of its life, in which pauses do not count. */
  readonly uptimeMs: number;
  readonly disk: {
    /** What commands have put into /tmp, /home/agent, /dev/shm and a writable system in memory. */
    readonly inMemory: FileCount | undefined;
    /**
     * What the sandbox has added to its writable mounts, by the account of what holds `diskMb`: the quota's at once, the
     * watchdog's as of its last count. Undefined without that limit or such mounts.
     */
    readonly inMounts: FileCount | undefined;
  };
  /** Of each interface in the sandbox, its own loopback included; undefined where /proc hides its processes. */
  readonly network: readonly InterfaceStats[] | undefined;
}

/** What lies in one place. */
export interface FileCount {
  readonly bytes: number;
  readonly files: number;
}

/** What an interface of the sandbox's network has carried. */
export interface InterfaceStats {
  readonly name: string;
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  readonly sentBytes: number;
  readonly sentPackets: number;
}

/** Something that was refused to a command, in words for a reader. */
export interface Denial {
  /**
   * `seccomp` and `time` are the kernel's and the host's own word, and no output of a program can bring one about.
   * `filesystem`, `network` and most of `disk` are read from what the command wrote to its standard error, so they are
   * the program's word. `memory` and `pids` are the kernel's where its count of the limit has risen, and then `what`
   * begins with `limits.` or tells of the sandbox's end; else, as with limits that rlimits hold, they are the program's.
   */
  readonly layer: "seccomp" | "filesystem" | "network" | "memory" | "pids" | "disk" | "time";
  /** The system call by name, the path, the name on the network, or the limit. */
  readonly what: string;
  /** What to do about it. */
  readonly hint: string;
}

export interface Sandbox extends AsyncDisposable, SandboxLife {
  readonly id: string;
  /** Process id of PID 1 on the host. */
  readonly pid: number;
  /** What isolates it, in words. */
  readonly layers: readonly Layer[];
  readonly commands: Commands;
  readonly files: Files;
  readonly pty: Pty;
  readonly ports: Ports;
  /**
   * What it uses and what holds its limits. Never rejects. Of a sandbox that has ended, `memoryMb`, `pids` and
   * `disk.inMemory` are undefined, and all that adds up or is the most there was is what was read last.
   */
  stats(): Promise<SandboxStats>;
  /**
   * What happens in and to the sandbox from this call on. It ends after `sandbox.ended`. The last 1,000 events wait for
   * a slow reader; `events.dropped` counts those before that are lost.
   *
   * @throws SandboxOptionError for a bad option
   */
  events(options?: EventsOptions): AsyncIterable<SandboxEvent>;
  /**
   * Keeps the content of the writable mounts that are directories, of /home/agent and of /tmp, while the sandbox stands
   * still where it has a cgroup; resolves with an id. Single files that are mounted, /dev/shm and what was changed in a
   * writable system are not in it; nor are sockets and devices.
   *
   * @throws SnapshotError, SandboxOptionError, SandboxClosedError
   */
  snapshot(options?: SnapshotOptions): Promise<string>;
  /**
   * Ends every command, and puts back what the snapshot has: all of it, or nothing. What else the
   * mounts, /home/agent and /tmp have is gone.
   *
   * @throws SnapshotError, SandboxOptionError, SandboxPausedError, SandboxClosedError
   */
  restore(id: string): Promise<void>;
  /**
   * Sandboxes with the same options, each with its own copy of all that a snapshot keeps; all of them or none.
   *
   * @param count 1, the default, to 1,000
   * @throws SnapshotError, SandboxOptionError, SandboxClosedError, and what `createSandbox` throws
   */
  fork(count?: number): Promise<Sandbox[]>;
  /** Ends the sandbox and every process in it; resolves when they are gone. Output not read by then may be lost. */
  kill(): Promise<void>;
  /** Resolves, and never rejects, when the sandbox has ended. */
  readonly closed: Promise<SandboxEnd>;
}
