import { attendantOf } from "../attendant/attendant.ts";
import type { Connection } from "../attendant/connection.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import { defaultDirectory } from "../policy/sandbox-policy.ts";
import type { Attempt } from "./file-error.ts";
import { parsePath, showPath } from "./file-path.ts";
import { createSlots, type Slots } from "./slots.ts";
import type { FilePath } from "./types.ts";

/** What every part of a sandbox's files works with. */
export interface FileAccess {
  readonly living: LivingSandbox;
  readonly slots: Slots;
  connect(): Promise<Connection>;
  /** @throws FileError */
  parse(path: FilePath): Buffer;
}

export function createAccess(living: LivingSandbox): FileAccess {
  const directory = defaultDirectory(living.options);
  return {
    living,
    slots: createSlots(),
    connect: () => attendantOf(living),
    parse: (path) => parsePath(path, directory),
  };
}

export function attemptTo(action: string, path: Buffer, to?: Buffer): Attempt {
  return { action, path: showPath(path), ...(to !== undefined && { to: showPath(to) }) };
}
