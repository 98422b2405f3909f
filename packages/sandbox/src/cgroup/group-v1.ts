import { join } from "node:path";
import type { Cgroup, CgroupStats } from "./cgroup.ts";
import { readControl, readKey, readNumber, writeIfThere } from "./control-file.ts";
import { type Freezer, freezeFully, killFrozen } from "./kill.ts";
import { removeTrees } from "./tree.ts";

/** Directories of one group by controller. */
export interface V1Directories {
  readonly freezer: string;
  readonly memory?: string;
  readonly pids?: string;
  readonly cpu?: string;
  readonly cpuacct?: string;
}

/** A group that exists already, in several v1 hierarchies (Documentation/admin-guide/cgroup-v1). */
export function openGroupV1(at: V1Directories): Cgroup {
  // cpu and cpuacct are often one hierarchy.
  const directories = [...new Set(Object.values(at))];
  const freezer = freezerOf(at.freezer);
  let lastOomKills = 0;
  return {
    join: {
      kind: "v1",
      tasksFiles: directories.map((directory) => join(directory, "tasks")),
    },
    directories,
    kill: () => killFrozen(directories, freezer),
    freeze: () => freezeFully(at.freezer, freezer),
    thaw: () => freezer.thaw(),
    stats: () => readStats(at),
    oomKills() {
      lastOomKills = readOomKills(at.memory) ?? lastOomKills;
      return lastOomKills;
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

function readStats({ memory, pids, cpuacct }: V1Directories): CgroupStats {
  const nanoseconds = numberIn(cpuacct, "cpuacct.usage");
  return {
    memoryBytes: numberIn(memory, "memory.usage_in_bytes"),
    memoryPeakBytes: numberIn(memory, "memory.max_usage_in_bytes"),
    pids: numberIn(pids, "pids.current"),
    cpuUsageMs: nanoseconds === undefined ? undefined : nanoseconds / 1e6,
    oomKills: readOomKills(memory),
  };
}

function numberIn(directory: string | undefined, file: string): number | undefined {
  return directory === undefined ? undefined : readNumber(join(directory, file));
}

/** Linux 4.13 and later. */
function readOomKills(memory: string | undefined): number | undefined {
  return memory === undefined ? undefined : readKey(join(memory, "memory.oom_control"), "oom_kill");
}
