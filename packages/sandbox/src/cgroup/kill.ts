import { errorCode } from "./control-file.ts";
import { CgroupBusyError } from "./errors.ts";
import { processesIn } from "./tree.ts";
import { waitUntil } from "./waiting.ts";

export const killTimeoutMs = 5000;
const freezeTimeoutMs = 100;
const deathTimeoutMs = 200;

/** How a group is stopped, in the words of its version of cgroups. */
export interface Freezer {
  /** Begins to stop the group; false when it is gone. */
  freeze(): boolean;
  thaw(): void;
  isFrozen(): boolean;
}

/**
 * Ends every process of a group where the kernel cannot do it in one step: stops them all, so that none forks
 * and no pid is used again, signals each, lets them go on to their deaths, and begins anew until none is left.
 * A process in an uninterruptible wait cannot be stopped; it is signalled all the same.
 *
 * @throws CgroupBusyError after 5 s
 */
export async function killFrozen(directories: readonly string[], freezer: Freezer): Promise<void> {
  const isEmpty = () => processesIn(directories).size === 0;
  const end = performance.now() + killTimeoutMs;
  while (!isEmpty()) {
    if (performance.now() >= end) throw stillAlive(directories);
    if (freezer.freeze()) await waitUntil(() => isFrozen(freezer), freezeTimeoutMs);
    for (const pid of processesIn(directories)) signal(pid);
    freezer.thaw();
    await waitUntil(isEmpty, deathTimeoutMs);
  }
}

export function stillAlive(directories: readonly string[]): CgroupBusyError {
  const pids = [...processesIn(directories)].join(", ");
  return new CgroupBusyError(
    `cgroup ${directories.join(", ")} still has processes (${pids}) after SIGKILL: they wait for a device, or a group above is frozen`,
  );
}

/** On v1 it has to be asked for again until it is so; see freeze_done() in `native/freeze.c`. */
function isFrozen(freezer: Freezer): boolean {
  return freezer.isFrozen() || !freezer.freeze();
}

/**
 * Freezes and waits for it.
 *
 * @throws CgroupBusyError after 5 s, with the group thawed again
 */
export async function freezeFully(directory: string, freezer: Freezer): Promise<void> {
  if (!freezer.freeze()) return;
  if (await waitUntil(() => isFrozen(freezer), killTimeoutMs)) return;
  freezer.thaw();
  throw new CgroupBusyError(
    `cgroup ${directory} does not freeze: a process in it waits for a device; try again`,
  );
}

/** 0 stands for a process outside of this pid namespace: as a target of kill(2) it would be ourselves. */
function signal(pid: number): void {
  if (!(pid > 0) || pid === process.pid) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (errorCode(error) !== "ESRCH") throw error;
  }
}
