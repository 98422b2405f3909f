import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import type { Connection } from "../attendant/connection.ts";
import { flags, operations } from "../attendant/protocol.ts";
import { lookUp, openBase, perform } from "./exchange.ts";
import { type Attempt, hasCode } from "./file-error.ts";
import { joinPath } from "./file-path.ts";
import { createAllowance, listOne, typeOf, walkTree } from "./list-directory.ts";

/** Levels beyond which no tree is copied or taken along. */
export const maxDepth = 512;
const maxTreeEntries = 10_000_000;
/** A path that is longer is cut by moving its directory up: removing has no depth at which it ends. */
const longPathBytes = 2048;
/** How often a directory that fills again is emptied. */
const rounds = 10;
/** Requests on the way at once. */
const atOnce = 64;

interface Removal {
  readonly connection: Connection;
  readonly base: number;
  readonly attempt: Attempt;
  readonly allowance: { use(entries: number): void };
}

/** Runs tasks, so many at once, and throws what the first one to fail throws, when those that run have ended. */
export async function inParallel<T>(items: Iterable<T>, task: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const work = async () => {
    for (let next = iterator.next(); !next.done && !failed; next = iterator.next())
      try {
        await task(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
  };
  const results = await Promise.allSettled(Array.from({ length: atOnce }, work));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function removeName(removal: Removal, path: Buffer, directory: boolean): Promise<void> {
  const { connection, base, attempt } = removal;
  const ask = { operation: operations.remove, base, path, flags: directory ? flags.directory : 0 };
  await perform(connection, ask, attempt).catch((error: unknown) => {
    if (!hasCode(error, "FILE_NOT_FOUND")) throw error;
  });
}

/** Empties a directory beneath the base; "" is the base itself. */
async function empty(removal: Removal, directory: Buffer): Promise<void> {
  const { connection, base, attempt, allowance } = removal;
  const ask = { base, path: directory, flags: flags.noFollow };
  const entries = await listOne(connection, ask, { attempt, allowance });
  const directories = entries.filter(({ status }) => typeOf(status) === "directory");
  const others = entries.filter(({ status }) => typeOf(status) !== "directory");
  await inParallel(others, ({ name }) => removeName(removal, joinPath(directory, name), false));
  for (const { name } of directories) await removeDirectory(removal, joinPath(directory, name));
}

async function removeDirectory(removal: Removal, given: Buffer): Promise<void> {
  const { connection, base, attempt } = removal;
  let path = given;
  if (path.length > longPathBytes) {
    path = Buffer.from(`.cloison-${randomUUID()}`);
    await perform(connection, { operation: operations.rename, base, path: given, other: path }, attempt);
  }
  for (let round = 1; ; round++)
    try {
      await empty(removal, path);
      return await removeName(removal, path, true);
    } catch (error) {
      // Replaced by something else: that is removed as what it is now.
      if (hasCode(error, "FILE_NOT_A_DIRECTORY", "FILE_LINK")) return removeName(removal, path, false);
      if (hasCode(error, "FILE_NOT_FOUND")) return;
      if (!hasCode(error, "FILE_NOT_EMPTY") || round === rounds) throw error;
    }
}

/** Removes a directory with all that is in it. @throws FileError */
export async function removeTree(connection: Connection, path: Buffer, attempt: Attempt): Promise<void> {
  const base = await openBase(connection, { path, flags: flags.noFollow }, attempt);
  const allowance = createAllowance(maxTreeEntries, attempt);
  const removal = { connection, base: base.id, attempt, allowance };
  try {
    for (let round = 1; ; round++) {
      await empty(removal, Buffer.alloc(0));
      try {
        await perform(connection, { operation: operations.remove, path, flags: flags.directory }, attempt);
        return;
      } catch (error) {
        if (!hasCode(error, "FILE_NOT_EMPTY") || round === rounds) throw error;
      }
    }
  } finally {
    base.close();
  }
}

/** Copies a directory with all that is in it to a new name. @throws FileError */
export async function copyTree(
  connection: Connection,
  { from, to }: { readonly from: Buffer; readonly to: Buffer },
  attempt: Attempt,
): Promise<void> {
  const source = await openBase(connection, { path: from }, attempt);
  try {
    await perform(connection, { operation: operations.directory, path: to, flags: flags.parents }, attempt);
    const target = await openBase(connection, { path: to, flags: flags.noFollow }, attempt);
    try {
      await copyInto({ connection, source: source.id, target: target.id, attempt });
    } finally {
      target.close();
    }
  } finally {
    source.close();
  }
}

interface TreeCopy {
  readonly connection: Connection;
  readonly source: number;
  readonly target: number;
  readonly attempt: Attempt;
}

async function copyInto({ connection, source, target, attempt }: TreeCopy): Promise<void> {
  const allowance = createAllowance(maxTreeEntries, attempt);
  const walk = walkTree({ connection, base: source, attempt, allowance, depth: maxDepth });
  const directories: { path: Buffer; mode: number }[] = [];
  for await (const { relative: path, status, failure } of walk) {
    if (failure !== undefined) throw failure; // a copy is all of it
    const mode = status.mode & 0o777;
    const type = typeOf(status);
    if (type === "directory") {
      directories.push({ path, mode });
      const ask = {
        operation: operations.directory,
        base: target,
        path,
        mode: mode | 0o700,
        flags: flags.keep,
      };
      await perform(connection, ask, attempt);
    } else if (type === "file") {
      const ask = { operation: operations.copy, base: source, path, other: path, a: BigInt(target), mode };
      await perform(connection, ask, attempt);
    } else if (type === "symlink") await copyLink({ connection, source, target, attempt }, path);
  }
  for (const { path, mode } of directories.reverse())
    await perform(connection, { operation: operations.attributes, base: target, path, mode }, attempt);
}

async function copyLink({ connection, source, target, attempt }: TreeCopy, path: Buffer): Promise<void> {
  const ask = { operation: operations.stat, base: source, path, flags: flags.noFollow };
  const { link } = await lookUp(connection, ask, attempt);
  if (link.length > 0)
    await perform(connection, { operation: operations.symlink, base: target, path, other: link }, attempt);
}
