import { unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { SessionDriver, SessionLog } from "../driver.ts";
import { SessionNotFoundError, SessionOptionsError } from "../errors.ts";
import { createSessionIndex, type SessionIndex } from "../index-db/session-index.ts";
import { checkNames } from "../option-names.ts";
import { removeAside } from "./aside.ts";
import { syncDirectory } from "./durable-file.ts";
import { errorCode, storeError } from "./io-error.ts";
import { createSessionLocks, type SessionLock } from "./session-lock.ts";
import type { TranscriptPlace } from "./transcript-check.ts";
import { openTranscript } from "./transcript-file.ts";
import { readTranscript, refuseOfAnother } from "./transcript-reading.ts";

/** Where the files driver keeps sessions. */
export interface FilesDriverOptions {
  readonly dir: string;
  /**
   * Whether a directory that is missing is an error for who opens a session, a SessionStoreError whose cause is
   * ENOENT. Default: it is made by the first session, with those above it (mode 0700). Either way it has no sessions.
   */
  readonly mustExist?: boolean | undefined;
}

const SUFFIX = ".jsonl";

/**
 * Keeps each session in a file `<id>.jsonl` of one directory, and what was no entry in its `.aside`.
 * Deleting a session removes both. What lists tell is in a SQLite file `.index.…` beside them, which may be removed
 * while nobody uses it: it is made again. A list tells of what another process adds within 25 ms.
 *
 * @throws SessionOptionsError
 */
export function filesDriver(options: FilesDriverOptions): SessionDriver {
  const { dir, mustExist } = parseOptions(options);
  const locks = createSessionLocks(dir, { mustExist });
  const placeOf = (id: string): TranscriptPlace => ({ id, path: join(dir, `${id}${SUFFIX}`) });
  const index = createSessionIndex({ dir, placeOf, isLocked: (id) => locks.isLocked(id) });
  return {
    name: "files",
    open: async (id, options) => {
      const lock = await locks.lock(id, options);
      return openLog(placeOf(id), lock, index).catch(async (error: unknown) => {
        await lock.release();
        throw error;
      });
    },
    read: (id) => readTranscript(placeOf(id)),
    get: (id) => index.get(id),
    list: (query) => index.list(query),
    delete: async (id) => {
      const lock = await locks.lock(id, { busyTimeoutMs: 0 });
      try {
        await refuseOfAnother(placeOf(id));
        await index.remove(id, () => remove(placeOf(id)));
      } finally {
        await lock.release();
      }
    },
    isOpen: (id) => locks.isLocked(id),
    reindex: () => index.reindex(),
    close: () => index.close(),
  };
}

function parseOptions(options: FilesDriverOptions): Required<FilesDriverOptions> {
  checkNames("filesDriver", options, ["dir", "mustExist"]);
  const { dir, mustExist = false } = options;
  if (typeof dir !== "string" || dir === "")
    throw new SessionOptionsError("dir", "dir: must be the path of a directory");
  if (typeof mustExist !== "boolean")
    throw new SessionOptionsError("mustExist", "mustExist: must be true or false");
  // Who changes the working directory later means the same sessions.
  return { dir: resolve(dir), mustExist };
}

async function openLog(place: TranscriptPlace, lock: SessionLock, index: SessionIndex): Promise<SessionLog> {
  const file = await openTranscript(place, lock);
  const indexed = await index.begin(place.id);
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    try {
      await file.close();
    } finally {
      await indexed.end().finally(() => lock.release());
    }
  };
  return {
    info: indexed.info,
    repairs: file.repairs,
    readBackward: () => file.readBackward(),
    append: async (lines, info) => {
      await file.append(lines);
      indexed.appended(lines, info);
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

/** The transcript goes last: a kill in between leaves a session that can be deleted again. */
async function remove({ path, id }: TranscriptPlace): Promise<void> {
  try {
    await removeAside(path);
    await unlink(path);
    await syncDirectory(dirname(path));
  } catch (error) {
    if (errorCode(error) === "ENOENT") throw new SessionNotFoundError(id, error);
    throw storeError(`cannot delete session "${id}"`, error);
  }
}
