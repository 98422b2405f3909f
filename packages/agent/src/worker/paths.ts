import { isAbsolute, relative, resolve, sep } from "node:path";
import { ToolError } from "./errors.ts";

/** Relative paths are relative to the worker's working directory, /workspace. The kernel does the policing. */
export function resolvePath(path: string): string {
  if (path === "" || path.includes("\0")) throw new ToolError("The path is empty or holds a NUL character.");
  return resolve(path);
}

/** The path as other tools take it: relative below the working directory, absolute elsewhere. */
export function shownPath(path: string): string {
  const below = relative(process.cwd(), path);
  if (below === "") return ".";
  return below === ".." || below.startsWith(`..${sep}`) || isAbsolute(below) ? path : below;
}

const explanations = new Map([
  ["ENOENT", "no such file or directory"],
  ["EACCES", "permission denied"],
  ["EPERM", "not permitted"],
  ["EROFS", "the file system is read-only here"],
  ["EISDIR", "it is a directory"],
  ["ENOTDIR", "a part of the path is not a directory"],
  ["ELOOP", "too many symbolic links"],
  ["ENAMETOOLONG", "the name is too long"],
  ["ENOSPC", "no space left"],
  ["EDQUOT", "no space left (quota)"],
  ["ENXIO", "it is a socket, or a pipe that nobody reads"],
]);

/** Runs a file operation; a system error becomes a {@link ToolError} that names the path and the reason. */
export function onPath<T>(path: string, what: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error instanceof ToolError) throw error;
    const reason = explanations.get(String(error.code)) ?? error.message;
    throw new ToolError(`Cannot ${what} ${shownPath(path)}: ${reason}.`);
  }
}
