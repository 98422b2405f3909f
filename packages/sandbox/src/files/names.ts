import { flags, operations } from "../attendant/protocol.ts";
import { lookUp, perform } from "./exchange.ts";
import { attemptTo, type FileAccess } from "./file-access.ts";
import { FileError, hasCode } from "./file-error.ts";
import { parseCopy, parseRemove, parseRename } from "./file-options.ts";
import { typeOf } from "./list-directory.ts";
import { copyTree, removeTree } from "./tree.ts";
import type { FilePath, Files, RemoveOptions } from "./types.ts";

async function removeAny(access: FileAccess, path: Buffer, recursive: boolean): Promise<void> {
  const attempt = attemptTo("remove", path);
  const connection = await access.connect();
  const remove = (which: number) =>
    perform(connection, { operation: operations.remove, path, flags: which }, attempt);
  try {
    await remove(0);
  } catch (error) {
    if (!hasCode(error, "FILE_IS_A_DIRECTORY")) throw error;
    await remove(flags.directory).catch(async (failure: unknown) => {
      if (!recursive || !hasCode(failure, "FILE_NOT_EMPTY")) throw failure;
      await removeTree(connection, path, attempt);
    });
  }
}

async function remove(access: FileAccess, given: FilePath, options: RemoveOptions): Promise<void> {
  const { recursive, force } = parseRemove(options);
  const path = access.parse(given);
  try {
    await removeAny(access, path, recursive);
  } catch (error) {
    if (force && hasCode(error, "FILE_NOT_FOUND")) return;
    throw error;
  }
  access.living.events.emit({ type: "file.removed", path: attemptTo("", path).path });
}

async function copy(access: FileAccess, from: FilePath, to: FilePath, recursive: boolean): Promise<void> {
  const path = access.parse(from);
  const other = access.parse(to);
  const attempt = attemptTo("copy", path, other);
  const connection = await access.connect();
  const { status } = await lookUp(connection, { operation: operations.stat, path }, attempt);
  if (recursive && typeOf(status) === "directory") {
    if (other.toString("latin1").startsWith(`${path.toString("latin1").replace(/\/+$/, "")}/`))
      throw new FileError(`could not copy ${attempt.path} into itself; name another place`, {
        code: "FILE_OPTION",
        path: attempt.path,
      });
    await copyTree(connection, { from: path, to: other }, attempt);
  } else
    await access.slots.short(() =>
      perform(connection, { operation: operations.copy, path, other, flags: flags.parents }, attempt),
    );
  access.living.events.emit({ type: "file.copied", path: attempt.path, to: attemptTo("", other).path });
}

async function rename(access: FileAccess, from: FilePath, to: FilePath, replace: boolean): Promise<void> {
  const path = access.parse(from);
  const other = access.parse(to);
  const attempt = attemptTo("rename", path, other);
  const ask = { operation: operations.rename, path, other, flags: replace ? 0 : flags.keep };
  await perform(await access.connect(), ask, attempt);
  access.living.events.emit({ type: "file.renamed", path: attempt.path, to: attemptTo("", other).path });
}

/** What works on names alone. */
export function createNames(access: FileAccess): Pick<Files, "remove" | "rename" | "copy"> {
  return {
    remove: (path, options = {}) => remove(access, path, options),
    rename: async (from, to, options = {}) => rename(access, from, to, parseRename(options)),
    copy: async (from, to, options = {}) => copy(access, from, to, parseCopy(options)),
  };
}
