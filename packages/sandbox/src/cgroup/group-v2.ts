import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Cgroup, CgroupStats } from "./cgroup.ts";
import { readControl, readKey, readNumber, writeIfThere } from "./control-file.ts";
import { type Freezer, freezeFully, killFrozen, killTimeoutMs, stillAlive } from "./kill.ts";
import { removeTrees } from "./tree.ts";
import { waitUntil } from "./waiting.ts";

export interface GroupV2Options {
  /** Whether the kernel's own way to end a group is tried: Linux before 5.14 has none. Default true. */
  readonly killAtOnce?: boolean;
}

/** A group that exists already in the v2 hierarchy (Documentation/admin-guide/cgroup-v2.rst). */
export function openGroupV2(directory: string, { killAtOnce = true }: GroupV2Options = {}): Cgroup {
  const freezer = freezerOf(directory);
  let lastOomKills = 0;
  let lastPidsRefused = 0;
  return {
    join: { kind: "v2", directory },
    directories: [directory],
    memoryDirectory: directory,
    kill: () => kill(directory, freezer, killAtOnce),
    freeze: () => freezeFully(directory, freezer),
    thaw: () => freezer.thaw(),
    stats: () => readStats(directory),
    oomKills() {
      lastOomKills = readKey(join(directory, "memory.events"), "oom_kill") ?? lastOomKills;
      return lastOomKills;
    },
    pidsRefused() {
      lastPidsRefused = readKey(join(directory, "pids.events"), "max") ?? lastPidsRefused;
      return lastPidsRefused;
    },
    remove: () => removeTrees([directory]),
  };
}

/** cgroup.kill takes the whole tree at once, frozen or not, and what is being forked with it; Linux 5.14. */
async function kill(directory: string, freezer: Freezer, atOnce: boolean): Promise<void> {
  if (!atOnce || !writeIfThere(join(directory, "cgroup.kill"), 1)) {
    return existsSync(directory) ? killFrozen([directory], freezer) : undefined;
  }
  const isEmpty = () => readKey(join(directory, "cgroup.events"), "populated") !== 1;
  if (!(await waitUntil(isEmpty, killTimeoutMs))) throw stillAlive([directory]);
  freezer.thaw();
}

function freezerOf(directory: string): Freezer {
  const control = join(directory, "cgroup.freeze");
  return {
    freeze: () => writeIfThere(control, 1),
    thaw: () => void writeIfThere(control, 0),
    isFrozen: () => readKey(join(directory, "cgroup.events"), "frozen") === 1,
  };
}

function readStats(directory: string): CgroupStats {
  const cpu = join(directory, "cpu.stat");
  const milliseconds = (us: number | undefined) => (us === undefined ? undefined : us / 1000);
  return {
    memoryBytes: readNumber(join(directory, "memory.current")),
    memoryPeakBytes: readNumber(join(directory, "memory.peak")), // Linux 5.19
    pids: readNumber(join(directory, "pids.current")),
    pidsPeak: readNumber(join(directory, "pids.peak")), // Linux 6.1
    cpuUsageMs: milliseconds(readKey(cpu, "usage_usec")),
    throttledMs: milliseconds(readKey(cpu, "throttled_usec")),
    ioReadBytes: transferred(directory, "rbytes"),
    ioWrittenBytes: transferred(directory, "wbytes"),
    oomKills: readKey(join(directory, "memory.events"), "oom_kill"),
  };
}

/** io.stat has a line for each disk: `MAJOR:MINOR rbytes=… wbytes=… …`. */
function transferred(directory: string, key: "rbytes" | "wbytes"): number | undefined {
  const words = readControl(join(directory, "io.stat"))?.split(/\s+/);
  return words
    ?.filter((word) => word.startsWith(`${key}=`))
    .reduce((sum, word) => sum + Number(word.slice(key.length + 1)), 0);
}
