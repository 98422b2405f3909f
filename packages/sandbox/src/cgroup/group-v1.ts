import { join } from "node:path";
import type { Cgroup, CgroupStats } from "./cgroup.ts";
import { readControl, readKey, readNumber, writeIfThere } from "./control-file.ts";
import { type Freezer, freezeFully, killFrozen } from "./kill.ts";
import { removeTrees } from "./tree.ts";

export type V1Controller = "freezer" | "memory" | "pids" | "cpu" | "cpuacct" | "blkio";

/** Directories of one group by controller. */
export type V1Directories = Readonly<Partial<Record<V1Controller, string>>> & { readonly freezer: string };

/** A group that exists already, in several v1 hierarchies (Documentation/admin-guide/cgroup-v1). */
export function openGroupV1(at: V1Directories): Cgroup {
  // cpu and cpuacct are often one hierarchy.
  const directories = [...new Set(Object.values(at))];
  const freezer = freezerOf(at.freezer);
  let lastOomKills = 0;
  let lastPidsRefused = 0;
  return {
    join: {
      kind: "v1",
      tasksFiles: directories.map((directory) => join(directory, "tasks")),
    },
    directories,
    memoryDirectory: at.memory,
    kill: () => killFrozen(directories, freezer),
    freeze: () => freezeFully(at.freezer, freezer),
    thaw: () => freezer.thaw(),
    stats: () => readStats(at),
    oomKills() {
      lastOomKills = readOomKills(at.memory) ?? lastOomKills;
      return lastOomKills;
    },
    pidsRefused() {
      lastPidsRefused = readPidsRefused(at.pids) ?? lastPidsRefused;
      return lastPidsRefused;
    },
    remove: () => removeTrees(directories),
  };
}

function freezerOf(directory: string): Freezer {
  const state = join(directory, "freezer.state");
  return {
    freeze: () => writeIfThere(state, "FROZEN"),
    thaw: () => void writeIfThere(state, "THAWED"),
    isFrozen: () => readControl(state)?.trim() === "FROZEN",
  };
}

function readStats({ memory, pids, cpu, cpuacct, blkio }: V1Directories): CgroupStats {
  const divided = (value: number | undefined, by: number) => (value === undefined ? undefined : value / by);
  return {
    memoryBytes: numberIn(memory, "memory.usage_in_bytes"),
    memoryPeakBytes: numberIn(memory, "memory.max_usage_in_bytes"),
    pids: numberIn(pids, "pids.current"),
    pidsPeak: numberIn(pids, "pids.peak"),
    cpuUsageMs: divided(numberIn(cpuacct, "cpuacct.usage"), 1e6),
    throttledMs:
      cpu === undefined ? undefined : divided(readKey(join(cpu, "cpu.stat"), "throttled_time"), 1e6),
    ioReadBytes: transferred(blkio, "Read"),
    ioWrittenBytes: transferred(blkio, "Write"),
    oomKills: readOomKills(memory),
  };
}

/** Lines `MAJOR:MINOR Read|Write|… bytes`. */
function transferred(blkio: string | undefined, direction: "Read" | "Write"): number | undefined {
  if (blkio === undefined) return undefined;
  const lines = readControl(join(blkio, "blkio.throttle.io_service_bytes"))?.split("\n");
  return lines
    ?.map((line) => line.split(" "))
    .filter(([, each]) => each === direction)
    .reduce((sum, [, , bytes]) => sum + Number(bytes), 0);
}

function numberIn(directory: string | undefined, file: string): number | undefined {
  return directory === undefined ? undefined : readNumber(join(directory, file));
}

/** Linux 4.13 and later. */
function readOomKills(memory: string | undefined): number | undefined {
  return memory === undefined ? undefined : readKey(join(memory, "memory.oom_control"), "oom_kill");
}

/** Linux 4.8 and later. */
function readPidsRefused(pids: string | undefined): number | undefined {
  return pids === undefined ? undefined : readKey(join(pids, "pids.events"), "max");
}
