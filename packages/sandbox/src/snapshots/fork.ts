import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { LivingSandbox } from "../living-sandbox.ts";
import type { ParsedOptions } from "../options/sandbox-options.ts";
import type { Sandbox } from "../types.ts";
import { captureTo, checkSnapshots, storeOf } from "./capture.ts";
import { SnapshotError } from "./errors.ts";
import { isWritableDirectory } from "./places.ts";
import { forkName } from "./store.ts";
import { beginUse, endUse } from "./uses.ts";

type Create = (options: ParsedOptions) => Promise<Sandbox>;

/** How many are made at once: each waits for the kernel more than it works. */
const atOnce = 4;

/** Same options; what the snapshot has comes from there. */
function forkOptions({ options }: LivingSandbox, from: string): ParsedOptions {
  const shared = options.mounts.find((mount) => mount.access === "rw" && !isWritableDirectory(mount));
  if (shared !== undefined)
    throw new SnapshotError(
      "mismatch",
      `the mount "${shared.target}" is a single file that may be written, which forks would share; mount its directory instead`,
    );
  if (options.writableSystem?.directory !== undefined)
    throw new SnapshotError(
      "mismatch",
      "writableSystem.directory is for one sandbox at a time; fork one whose system is read-only or writable in memory",
    );
  return { ...options, mounts: options.mounts.filter((mount) => !isWritableDirectory(mount)), from };
}

async function createAll(options: ParsedOptions, count: number, create: Create): Promise<Sandbox[]> {
  const made: Sandbox[] = [];
  const failures: unknown[] = [];
  let left = count;
  const work = async () => {
    while (left-- > 0 && failures.length === 0)
      await create(options).then(
        (sandbox) => made.push(sandbox),
        (error) => failures.push(error),
      );
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, work));
  if (failures.length === 0) return made;
  await Promise.all(made.map((sandbox) => sandbox.kill()));
  throw failures[0];
}

/**
 * Sandboxes that begin as this one is now; all of them or none.
 *
 * @throws SnapshotError, SandboxClosedError, and what creating throws
 */
export async function forkSandbox(living: LivingSandbox, count: number, create: Create): Promise<Sandbox[]> {
  checkSnapshots(living);
  forkOptions(living, "");
  const store = await storeOf(living);
  const id = randomUUID();
  // Of this call's own, until all are made.
  const use = beginUse(store, id);
  try {
    await captureTo(living, store, { id, name: undefined, path: join(store.work, forkName(id)) });
    return await createAll(forkOptions(living, id), count, create);
  } finally {
    await endUse(store, use, id);
  }
}
