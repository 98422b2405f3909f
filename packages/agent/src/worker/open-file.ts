import { closeSync, constants, fstatSync, openSync, readSync, writeFileSync } from "node:fs";
import { ToolError } from "./errors.ts";
import { onPath, shownPath } from "./paths.ts";

const sniffBytes = 8192;

type FileUse<T> = (descriptor: number, size: number) => T;

function withDescriptor<T>(path: string, how: { what: string; flags: number }, use: FileUse<T>): T {
  const { what, flags } = how;
  return onPath(path, what, () => {
    // Without O_NONBLOCK a named pipe would block the whole worker until its other end is opened.
    const descriptor = openSync(path, flags | constants.O_NONBLOCK, 0o666);
    try {
      const stat = fstatSync(descriptor);
      if (stat.isDirectory()) throw new ToolError(`Cannot ${what} ${shownPath(path)}: it is a directory.`);
      if (!stat.isFile()) throw new ToolError(`Cannot ${what} ${shownPath(path)}: it is not a regular file.`);
      return use(descriptor, stat.size);
    } finally {
      closeSync(descriptor);
    }
  });
}

/** Opens a regular file to read, hands over its descriptor and size, closes it. Throws {@link ToolError}. */
export function withFile<T>(path: string, what: string, use: FileUse<T>): T {
  return withDescriptor(path, { what, flags: constants.O_RDONLY }, use);
}

/** Replaces what a regular file holds, or makes it. `what` is the verb for errors. Throws {@link ToolError}. */
export function replaceFile(path: string, what: string, text: string): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
  withDescriptor(path, { what, flags }, (descriptor) => writeFileSync(descriptor, text));
}

/** Fills the buffer from the file's position on; returns how much of it is filled. */
export function readFully(descriptor: number, buffer: Uint8Array): number {
  let filled = 0;
  while (filled < buffer.length) {
    const count = readSync(descriptor, buffer, filled, buffer.length - filled, null);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

/** Git's test (`buffer_is_binary` in xdiff-interface.c): a NUL in the first 8 KB or so. */
export function looksBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, sniffBytes).includes(0);
}
