import { readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { errorCode, readControl } from "./control-file.ts";
import { CgroupBusyError } from "./errors.ts";
import { waitUntil } from "./waiting.ts";

const removeTimeoutMs = 2000;

/** A group's directory and all below it, the deepest first; empty when it does not exist. */
function treeOf(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    const below = entries.filter((entry) => entry.isDirectory());
    return [...below.flatMap((entry) => treeOf(join(directory, entry.name))), directory];
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

/** Processes of the groups and of all below them, as pids of this process's namespace; 0 for one it cannot see. */
export function processesIn(directories: readonly string[]): Set<number> {
  const texts = directories
    .flatMap(treeOf)
    .map((directory) => readControl(join(directory, "cgroup.procs")) ?? "");
  return new Set(texts.flatMap((text) => text.split("\n").filter(Boolean).map(Number)));
}

/**
 * Removes groups with all below them. A process leaves its group a moment after it was waited for, so EBUSY is
 * tried again.
 *
 * @throws CgroupBusyError after 2 s
 */
export async function removeTrees(directories: readonly string[]): Promise<void> {
  let cause: unknown;
  await waitUntil(() => {
    cause = directories.map(tryRemove).find((error) => error !== undefined);
    return errorCode(cause) !== "EBUSY";
  }, removeTimeoutMs);
  if (cause === undefined) return;
  const what = directories.join(", ");
  throw new CgroupBusyError(`cgroup ${what} cannot be removed: it must be empty and this user's own`, {
    cause,
  });
}

/** The error that stopped it, if one did. */
function tryRemove(directory: string): unknown {
  for (const each of treeOf(directory)) {
    try {
      rmdirSync(each);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") return error;
    }
  }
  return undefined;
}
