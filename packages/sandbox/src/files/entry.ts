import type { Buffer } from "node:buffer";
import type { FileStatus } from "../attendant/protocol.ts";
import { isShown, lastName, showPath } from "./file-path.ts";
import { typeOf } from "./list-directory.ts";
import type { FileEntry } from "./types.ts";

const permissionBits = 0o7777;

/** An entry as callers see it. */
export function toEntry(path: Buffer, status: FileStatus): FileEntry {
  const shown = showPath(path);
  return {
    name: showPath(lastName(path)),
    path: shown,
    ...(!isShown(path, shown) && { rawPath: Uint8Array.from(path) }),
    type: typeOf(status),
    size: status.size,
    mode: status.mode & permissionBits,
    modifiedAt: new Date(status.modifiedMs),
  };
}
