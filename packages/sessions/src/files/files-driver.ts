import { readdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DriverPage, DriverQuery, SessionDriver, SessionLog } from "../driver.ts";
import { SessionNotFoundError } from "../errors.ts";
import { isSessionId } from "../ids.ts";
import type { SessionInfo } from "../info.ts";
import { removeAside } from "./aside.ts";
import { makeDirectory, syncDirectory } from "./durable-file.ts";
import { errorCode, storeError } from "./io-error.ts";
import { readLines } from "./lines.ts";
import { createSessionLocks, type SessionLock } from "./session-lock.ts";
import type { TranscriptPlace } from "./transcript-check.ts";
import { openTranscript } from "./transcript-file.ts";
import { scanInfo, shapeOfTranscript } from "./transcript-reading.ts";

/** Where the files driver keeps sessions. */
export interface FilesDriverOptions {
  readonly dir: string;
  /**
   * Whether a directory that is missing is an error, a SessionStoreError whose cause is ENOENT. Default: it is made
   * by the first session, with those above it (mode 0700).
   */
  readonly mustExist?: boolean | undefined;
}

const SUFFIX = ".jsonl";

/**
 * Keeps each session in a file `<id>.jsonl` of one directory, and what was no entry in its `.aside`.
 * Deleting a session removes both.
 */
export function filesDriver({ dir, mustExist = false }: FilesDriverOptions): SessionDriver {
  const locks = createSessionLocks(dir, { mustExist });
  const placeOf = (id: string): TranscriptPlace => ({ id, path: join(dir, `${id}${SUFFIX}`) });
  const get = async (id: string): Promise<SessionInfo | undefined> => (await scanInfo(placeOf(id)))?.info;
  return {
    name: "files",
    open: async (id, options) => {
      const lock = await locks.lock(id, options);
      return openLog(placeOf(id), lock).catch(async (error: unknown) => {
        await lock.release();
        throw error;
      });
    },
    read: async function* (id) {
      const shape = await shapeOfTranscript(placeOf(id));
      if (shape?.header === undefined) throw new SessionNotFoundError(id);
      yield* readLines(placeOf(id).path, { from: 0, to: shape.whole });
    },
    get,
    list: async (query) => list(dir, query, get),
    delete: async (id) => {
      const lock = await locks.lock(id, { busyTimeoutMs: 0 });
      try {
        await remove(placeOf(id));
      } finally {
        await lock.release();
      }
    },
    isOpen: (id) => locks.isLocked(id),
    reindex: async () => undefined,
    close: async () => undefined,
  };
}

async function openLog(place: TranscriptPlace, lock: SessionLock): Promise<SessionLog> {
  const file = await openTranscript(place, lock);
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await file.close();
    await lock.release();
  };
  return {
    info: (await scanInfo(place))?.info,
    repairs: file.repairs,
    readBackward: () => file.readBackward(),
    append: (lines) => file.append(lines),
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

async function list(
  dir: string,
  query: DriverQuery,
  get: (id: string) => Promise<SessionInfo | undefined>,
): Promise<DriverPage> {
  await makeDirectory(dir);
  const ids = (await readdir(dir))
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length));
  const infos = await Promise.all(ids.filter(isSessionId).map(get));
  const found = infos.filter((info) => info !== undefined);
  return { sessions: found.filter((info) => !query.openRun || info.openRun !== undefined) };
}
