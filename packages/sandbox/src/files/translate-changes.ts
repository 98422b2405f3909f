import type { Buffer } from "node:buffer";
import type { ChangeQueue } from "./change-queue.ts";
import { joinPath, showPath } from "./file-path.ts";
import { type InotifyEvent, kinds } from "./inotify.ts";
import type { WatchSet } from "./watch-set.ts";

/** Makes changes of the kernel's events. */
export interface Translator {
  /** Resolves to true when what is watched is gone itself. */
  handle(event: InotifyEvent): Promise<boolean>;
  /** Tells of a rename whose second half did not come. */
  settle(): void;
}

interface Translating {
  /** What is watched. */
  readonly path: Buffer;
  readonly set: WatchSet;
  readonly recursive: boolean;
  readonly changes: ChangeQueue;
}

interface Half {
  readonly cookie: number;
  readonly path: Buffer;
  readonly directory: boolean;
}

/** The name of a file that is written anew, until it takes its place; `native/attend-write.c`. */
const temporaryName = /(?:^|\/)\.cloison-[0-9a-f]{16}$/;
/** How the kernel calls a file that has no name yet (d_mark_tmpfile in fs/dcache.c). */
const nameless = /(?:^|\/)#\d+$/;

function isTemporary(path: Buffer): boolean {
  return temporaryName.test(path.toString("latin1"));
}

export function createTranslator({ path: root, set, recursive, changes }: Translating): Translator {
  let half: Half | undefined;
  const show = (relative: Buffer) => showPath(relative.length === 0 ? root : joinPath(root, relative));

  function tell(type: "created" | "modified" | "removed", path: Buffer): void {
    if (!isTemporary(path)) changes.push({ type, path: show(path) });
  }

  function settle(): void {
    if (half === undefined) return;
    tell("removed", half.path);
    if (half.directory) set.move(half.path, undefined);
    half = undefined;
  }

  /** It is told when it is watched, so that who hears of it can rely on that. */
  async function arriveNew(path: Buffer, isTree: boolean): Promise<void> {
    const found = isTree ? await set.addTree(path) : [];
    tell("created", path);
    if (found === undefined) changes.overflow(show(path));
    for (const each of found ?? []) tell("created", each);
  }

  async function arrive(event: InotifyEvent, path: Buffer): Promise<void> {
    const isTree = recursive && (event.kind & kinds.directory) !== 0;
    const from = half?.cookie === event.cookie && event.cookie !== 0 ? half : undefined;
    if (from === undefined) settle();
    half = undefined;
    if (from === undefined) return arriveNew(path, isTree);
    // Written by the host: it has replaced what was there.
    if (isTemporary(from.path)) tell("modified", path);
    else changes.push({ type: "renamed", path: show(path), from: show(from.path) });
    if (isTree) set.move(from.path, path);
  }

  async function handleNamed(event: InotifyEvent, path: Buffer): Promise<void> {
    if (event.kind & (kinds.create | kinds.movedTo)) return arrive(event, path);
    settle();
    if (event.kind & kinds.movedFrom)
      half = { cookie: event.cookie, path, directory: (event.kind & kinds.directory) !== 0 };
    else if (event.kind & kinds.remove) tell("removed", path);
    else if (event.kind & (kinds.modify | kinds.attributes) && !nameless.test(path.toString("latin1")))
      tell("modified", path);
  }

  async function handleSelf({ kind, watch }: InotifyEvent, path: Buffer): Promise<boolean> {
    if (kind & kinds.ignored) set.forget(watch);
    if (path.length > 0) return false; // the directory that it is in tells
    if (kind & (kinds.removeSelf | kinds.moveSelf | kinds.unmount)) {
      settle();
      tell("removed", path);
      return true;
    }
    if (kind & (kinds.modify | kinds.attributes)) tell("modified", path);
    return (kind & kinds.ignored) !== 0;
  }

  return {
    settle,
    async handle(event) {
      if (event.kind & kinds.overflow) {
        settle();
        changes.overflow(show(root.subarray(0, 0)));
        // Directories that came meanwhile are not watched yet; those that are stay.
        if (recursive) await set.addTree(root.subarray(0, 0));
        return false;
      }
      const directory = set.pathOf(event.watch);
      if (directory === undefined) return false;
      if (event.name.length === 0) return handleSelf(event, directory);
      await handleNamed(event, joinPath(directory, event.name));
      return false;
    },
  };
}
