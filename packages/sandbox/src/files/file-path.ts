import { Buffer } from "node:buffer";
import { FileError } from "./file-error.ts";
import type { FilePath } from "./types.ts";

/** PATH_MAX of linux/limits.h, without the NUL. */
const maxPathBytes = 4095;
const slash = 0x2f;

function nameError(message: string, path: string): FileError {
  return new FileError(message, { code: "FILE_NAME", path });
}

function bytesOf(path: unknown): Buffer {
  if (path instanceof Uint8Array) return Buffer.from(path);
  if (typeof path !== "string")
    throw new FileError("a path must be a string or bytes", { code: "FILE_OPTION" });
  if (!path.isWellFormed() || path.includes("\uFFFD"))
    throw nameError(
      `the path ${JSON.stringify(path)} has U+FFFD or half a character in it, as names that are not UTF-8 are shown: name it by bytes (rawPath)`,
      path,
    );
  return Buffer.from(path);
}

/**
 * A path as the attendant takes it: absolute, and otherwise as it is, because ".." means what the kernel makes of it.
 *
 * @throws FileError
 */
export function parsePath(path: FilePath, directory: string): Buffer {
  const bytes = bytesOf(path);
  if (bytes.length === 0) throw nameError('the path is empty; for the default directory it is "."', "");
  if (bytes.includes(0)) throw nameError("the path has a NUL character in it", showPath(bytes));
  const absolute = tidy(bytes[0] === slash ? bytes : joinPath(Buffer.from(directory), bytes));
  if (absolute.length > maxPathBytes)
    throw nameError(`the path is longer than ${maxPathBytes} bytes`, showPath(bytes));
  return absolute;
}

/** Without "." and empty names, which mean nothing; the bytes stay what they are in Latin-1. */
function tidy(path: Buffer): Buffer {
  const names = path.toString("latin1").split("/");
  return Buffer.from(`/${names.filter((name) => name !== "" && name !== ".").join("/")}`, "latin1");
}

export function joinPath(directory: Buffer, name: Buffer): Buffer {
  if (directory.length === 0) return name;
  return Buffer.concat(
    directory.at(-1) === slash ? [directory, name] : [directory, Buffer.from([slash]), name],
  );
}

/** For readers: what is not UTF-8 becomes U+FFFD. */
export function showPath(path: Buffer): string {
  return path.toString("utf8");
}

/** Whether what is shown is all there is. */
export function isShown(path: Buffer, shown: string): boolean {
  return !shown.includes("\uFFFD") && Buffer.byteLength(shown) === path.length;
}

export function lastName(path: Buffer): Buffer {
  let end = path.length;
  while (end > 1 && path[end - 1] === slash) end--;
  return path.subarray(path.lastIndexOf(slash, end - 1) + 1, end);
}
