import { Buffer } from "node:buffer";
import type { Connection } from "../attendant/connection.ts";
import { type Ask, type DirectoryEntry, flags, operations, readEntries } from "../attendant/protocol.ts";
import { receive } from "./exchange.ts";
import { type Attempt, FileError, interrupted } from "./file-error.ts";
import { joinPath } from "./file-path.ts";

/** An entry somewhere beneath a directory. */
export interface WalkedEntry extends DirectoryEntry {
  /** Names from the directory on, with "/" between them. */
  readonly relative: Buffer;
  /** Of a directory: why its entries could not be listed. */
  failure: FileError | undefined;
}

/** Counts entries; throws when there are more than are allowed. */
export interface Allowance {
  use(entries: number): void;
}

export function createAllowance(max: number, { action, path }: Attempt): Allowance {
  let used = 0;
  return {
    use(entries) {
      used += entries;
      if (used > max)
        throw new FileError(
          `could not ${action} ${JSON.stringify(path)}: it has more than ${max} entries; raise maxEntries, or name a smaller directory`,
          { code: "FILE_TOO_MANY", path },
        );
    },
  };
}

const typeBits = 0o170000;
const fileTypes: ReadonlyMap<number, "file" | "directory" | "symlink"> = new Map([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o120000, "symlink"],
]);

export function typeOf({ mode }: { readonly mode: number }): "file" | "directory" | "symlink" | "other" {
  return fileTypes.get(mode & typeBits) ?? "other";
}

function entriesOf(chunk: Buffer, attempt: Attempt): DirectoryEntry[] {
  try {
    return readEntries(chunk);
  } catch {
    throw interrupted(attempt); // it is not the attendant that was started
  }
}

/** The entries of one directory. @throws FileError */
export async function listOne(
  connection: Connection,
  ask: Omit<Ask, "operation">,
  { attempt, allowance }: { readonly attempt: Attempt; readonly allowance: Allowance },
): Promise<DirectoryEntry[]> {
  const incoming = receive(connection, { ...ask, operation: operations.list }, attempt);
  const entries: DirectoryEntry[] = [];
  try {
    for (let chunk = await incoming.next(); chunk !== undefined; chunk = await incoming.next()) {
      const found = entriesOf(chunk, attempt);
      allowance.use(found.length);
      entries.push(...found);
    }
  } finally {
    incoming.cancel();
  }
  return entries.sort((a, b) => Buffer.compare(a.name, b.name));
}

interface Walk {
  readonly connection: Connection;
  /** Of the directory to walk. */
  readonly base: number;
  readonly attempt: Attempt;
  readonly allowance: Allowance;
  /** Levels; with 1 no directory but the first is listed. */
  readonly depth: number;
}

/**
 * Everything beneath an open directory, each directory before what is in it. No link is followed, so what is moved
 * about meanwhile may be missed or seen twice, but nothing is listed that is not beneath.
 *
 * @throws FileError for the directory itself
 */
export async function* walkTree(walk: Walk): AsyncGenerator<WalkedEntry, void> {
  yield* walkLevel(walk, Buffer.alloc(0), walk.depth);
}

async function* walkLevel(walk: Walk, directory: Buffer, depth: number): AsyncGenerator<WalkedEntry, void> {
  const { connection, base, attempt, allowance } = walk;
  const ask = { base, path: directory, flags: flags.noFollow };
  for (const entry of await listOne(connection, ask, { attempt, allowance })) {
    const relative = joinPath(directory, entry.name);
    const walked: WalkedEntry = { ...entry, relative, failure: undefined };
    if (typeOf(entry.status) !== "directory" || depth <= 1) {
      yield walked;
      continue;
    }
    const level = walkLevel(walk, walked.relative, depth - 1);
    const first = await level.next().catch((error: unknown) => {
      if (!isLocal(error)) throw error;
      walked.failure = error;
      return { done: true } as const;
    });
    yield walked;
    if (first.done) continue;
    yield first.value;
    yield* level;
  }
}

const localCodes = ["FILE_NOT_FOUND", "FILE_NOT_A_DIRECTORY", "FILE_LINK", "FILE_PERMISSION", "FILE_NAME"];

/** Whether a failure is that directory's alone. */
function isLocal(error: unknown): error is FileError {
  return error instanceof FileError && localCodes.includes(error.code);
}
