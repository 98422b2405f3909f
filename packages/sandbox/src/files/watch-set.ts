import { Buffer } from "node:buffer";
import type { Connection } from "../attendant/connection.ts";
import { type Ask, flags, operations } from "../attendant/protocol.ts";
import { type Base, perform } from "./exchange.ts";
import { type Attempt, FileError } from "./file-error.ts";
import { joinPath } from "./file-path.ts";
import { watchedKinds } from "./inotify.ts";
import { createAllowance, listOne, typeOf } from "./list-directory.ts";

/** Directories of one watch; fs.inotify.max_user_watches is for all of a user's. */
const maxDirectories = 8192;
const maxListed = 100_000;

/** Which directories are watched, and where they are, by names from the watch's own directory on. */
export interface WatchSet {
  pathOf(watch: number): Buffer | undefined;
  /** A watch that is there already. */
  know(watch: number, relative: Buffer): void;
  /**
   * Watches a directory and those in it.
   *
   * @returns what was found in it, which may have come before it was watched; undefined where not all is watched
   */
  addTree(relative: Buffer): Promise<Buffer[] | undefined>;
  /** A directory has another name now, or with undefined none that is watched. */
  move(from: Buffer, to: Buffer | undefined): void;
  forget(watch: number): void;
}

interface Watched {
  readonly connection: Connection;
  /** Of the exchange that tells the events. */
  readonly id: number;
  /**
   * Opens the watch's own directory. It is not kept open: the kernel tells of a directory's end only when nobody has it
   * open any more.
   */
  readonly open: () => Promise<Base>;
  readonly attempt: Attempt;
}

export function createWatchSet({ connection, id, open, attempt }: Watched): WatchSet {
  const paths = new Map<number, Buffer>();
  /** False where it is gone, or no more may be watched. */
  async function add(base: number, relative: Buffer): Promise<boolean> {
    if (paths.size >= maxDirectories) return false;
    const ask: Ask = { operation: operations.watchAdd, base, path: relative, flags: flags.noFollow };
    try {
      const watch = await perform(connection, { ...ask, a: BigInt(id), mode: watchedKinds }, attempt);
      paths.set(Number(watch), relative);
      return true;
    } catch (error) {
      if (error instanceof FileError && error.code !== "FILE_INTERRUPTED") return false;
      throw error;
    }
  }

  async function addBeneath(base: number, relative: Buffer): Promise<Buffer[] | undefined> {
    if (!(await add(base, relative))) return undefined;
    const ask = { base, path: relative, flags: flags.noFollow };
    const limits = { attempt, allowance: createAllowance(maxListed, attempt) };
    const entries = await listOne(connection, ask, limits).catch(() => undefined);
    if (entries === undefined) return undefined;
    const found: Buffer[] = [];
    let whole = true;
    for (const { name, status } of entries) {
      const path = joinPath(relative, name);
      found.push(path);
      if (typeOf(status) !== "directory") continue;
      const inner = await addBeneath(base, path);
      found.push(...(inner ?? []));
      whole &&= inner !== undefined;
    }
    return whole ? found : undefined;
  }

  return {
    pathOf: (watch) => paths.get(watch),
    know: (watch, relative) => void paths.set(watch, relative),
    async addTree(relative) {
      const base = await open().catch(() => undefined);
      try {
        return base && (await addBeneath(base.id, relative));
      } finally {
        base?.close();
      }
    },
    move(from, to) {
      for (const [watch, path] of paths) {
        const isIt = path.equals(from);
        const isBelow = path.length > from.length && path[from.length] === 0x2f && path.indexOf(from) === 0;
        if (!isIt && !isBelow) continue;
        if (to === undefined) paths.delete(watch);
        else paths.set(watch, Buffer.concat([to, path.subarray(from.length)]));
      }
    },
    forget: (watch) => void paths.delete(watch),
  };
}
