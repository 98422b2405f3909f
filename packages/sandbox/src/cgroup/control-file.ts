import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";

/** The `code` of an error from Node's file system calls. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Writes to an existing control file in one write, as the kernel demands. Throws Node's error. */
export function writeControl(path: string, text: string | number): void {
  // Not writeFileSync: its O_CREAT turns "no such file" into "permission denied".
  const fd = openSync(path, constants.O_WRONLY);
  try {
    writeSync(fd, String(text));
  } finally {
    closeSync(fd);
  }
}

/** The same for a group that may be gone: false when it is. */
export function writeIfThere(path: string, text: string | number): boolean {
  try {
    writeControl(path, text);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** ENOENT at opening, ENODEV at the use of a file whose group was removed meanwhile. */
function isGone(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOENT" || code === "ENODEV";
}

/** The text of a control file; undefined when the file or its group does not exist (any more). */
export function readControl(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** A file with one number in it; undefined as for {@link readControl}. */
export function readNumber(path: string): number | undefined {
  const text = readControl(path);
  return text === undefined ? undefined : Number(text);
}

/** The number behind a key in a file of `key number` lines; undefined when either is missing. */
export function readKey(path: string, key: string): number | undefined {
  const line = readControl(path)
    ?.split("\n")
    .find((each) => each.startsWith(`${key} `));
  return line === undefined ? undefined : Number(line.slice(key.length + 1));
}

/** Words of a file such as cgroup.controllers; empty when it does not exist. */
export function readWords(path: string): string[] {
  return (readControl(path) ?? "").split(/\s+/).filter((word) => word !== "");
}
