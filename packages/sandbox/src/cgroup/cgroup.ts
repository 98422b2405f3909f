import type { IoLimit } from "../types.ts";
import type { CgroupUnavailableError } from "./errors.ts";

/** Limits of one group. A limit that is absent is not applied, and makes no group in its hierarchy. */
export interface CgroupLimits {
  /** Memory in units of 2^20 bytes; at least 1. */
  readonly memoryMb?: number;
  /** Swap beyond it, in the same units; 0 when absent. */
  readonly swapMb?: number;
  /** Whom the kernel kills when `memoryMb` is used up: one process, the default, or the group. */
  readonly oomKill?: "process" | "sandbox";
  /** Processes and threads; a whole number of at least 1. */
  readonly pids?: number;
  /** Processor time per time, at least 0.01; 1.5 is one and a half processors. */
  readonly cpus?: number;
  /** Share of processor time against other groups where there is not enough for all: 1 to 10,000, else 100. */
  readonly cpuWeight?: number;
  readonly io?: readonly IoLimit[];
}

/** A limit that a driver cannot keep, and why. */
export interface Refusal {
  readonly limit: keyof CgroupLimits;
  readonly error: CgroupUnavailableError;
}

/**
 * How a launcher puts a process in. On v1 the process writes "0" into each file while it has one thread: that
 * skips the kernel's global lock, which moving another process takes (0.02 ms against up to 31 ms, measured on
 * Linux 6.18). On v2 the process is born inside, by clone3 with CLONE_INTO_CGROUP.
 */
export type CgroupJoin =
  | { readonly kind: "v1"; readonly tasksFiles: readonly string[] }
  | { readonly kind: "v2"; readonly directory: string };

/** Figures of a group and all below it; those that no limit made a hierarchy for are undefined. */
export interface CgroupStats {
  readonly memoryBytes: number | undefined;
  readonly memoryPeakBytes: number | undefined;
  /** Processes and threads; the dead count until their parent has waited for them. */
  readonly pids: number | undefined;
  /** The most there were at once; Linux 6.1. */
  readonly pidsPeak: number | undefined;
  readonly cpuUsageMs: number | undefined;
  /** Time for which its processes had to wait because `cpus` was used up. */
  readonly throttledMs: number | undefined;
  /** From and to disks. */
  readonly ioReadBytes: number | undefined;
  readonly ioWrittenBytes: number | undefined;
  readonly oomKills: number | undefined;
}

/** A group of processes in one or more hierarchies of the kernel. */
export interface Cgroup {
  readonly join: CgroupJoin;
  /** Its directories, one in each hierarchy. */
  readonly directories: readonly string[];
  /** The directory with the files of its memory limit. */
  readonly memoryDirectory: string | undefined;
  /**
   * Ends every process of the group with SIGKILL, however fast they fork. Resolves when
   * none is left; a frozen group is thawed by it, unless the group above is frozen too.
   *
   * @throws CgroupBusyError after 5 s
   */
  kill(): Promise<void>;
  /**
   * Stops every process; resolves when all have stopped.
   *
   * @throws CgroupBusyError after 5 s, with the group thawed again
   */
  freeze(): Promise<void>;
  thaw(): void;
  stats(): CgroupStats;
  /**
   * Processes that the kernel killed for want of memory since the group was made; 0 without a memory limit, and
   * the last known number once the group is gone. One small read.
   */
  oomKills(): number;
  /** Processes and threads that the kernel refused for `pids`; counted and kept as `oomKills` is. */
  pidsRefused(): number;
  /**
   * Removes the group. What is gone already is no error; what is still inhabited is.
   *
   * @throws CgroupBusyError after 2 s
   */
  remove(): Promise<void>;
}

/** Makes groups under the host process's own, in the hierarchies that this machine has. */
export interface CgroupDriver {
  readonly version: "v1" | "v2";
  /** What it can limit, in words. */
  readonly description: string;
  /** Directories in which its groups lie. */
  readonly bases: readonly string[];
  /**
   * Makes a group. All calls are synchronous and few: it stands in the way of every sandbox's start.
   *
   * @param name 1 to 64 of a–z, A–Z, 0–9, `_` and `-`
   * @throws CgroupOptionError for a bad name or limit or a name in use
   * @throws CgroupUnavailableError when a limit's controller is missing or the kernel refuses
   */
  create(name: string, limits: CgroupLimits): Cgroup;
  /**
   * Limits of these that cannot be kept here, each with its cause and fix; empty when `create` can keep all.
   *
   * @throws CgroupOptionError for a bad limit
   */
  refusals(limits: CgroupLimits): readonly Refusal[];
  /** The group whose directories have this very name, made by an earlier host. */
  adopt(directoryName: string): Cgroup;
}
