import { mkdir, readdir, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { DriverOpenOptions, DriverPage, DriverQuery, SessionDriver, SessionLog } from "../driver.ts";
import { parseEntry, parseHeader } from "../entries.ts";
import { SessionNotFoundError, TranscriptCorruptError } from "../errors.ts";
import { isSessionId } from "../ids.ts";
import { infoOfHeader, infoWith, type SessionInfo } from "../info.ts";
import { errorCode } from "./io-error.ts";
import { isLocked, lockSession } from "./session-lock.ts";
import { linesOf, openTranscript } from "./transcript-file.ts";

const SUFFIX = ".jsonl";

/** Keeps each session in a file `<id>.jsonl` of one directory, which is made if missing (mode 0700). */
export function filesDriver({ dir }: { readonly dir: string }): SessionDriver {
  const pathOf = (id: string): string => join(dir, `${id}${SUFFIX}`);
  const get = async (id: string): Promise<SessionInfo | undefined> => {
    const bytes = await readFile(pathOf(id)).catch((error: unknown) => {
      if (errorCode(error) === "ENOENT") return undefined;
      throw error;
    });
    return bytes === undefined ? undefined : infoOf(id, pathOf(id), bytes);
  };
  return {
    name: "files",
    open: (id, options) => open(dir, id, options, get),
    read: async function* (id) {
      const bytes = await readFile(pathOf(id)).catch((error: unknown) => {
        throw errorCode(error) === "ENOENT" ? new SessionNotFoundError(id, error) : error;
      });
      yield* linesOf(bytes);
    },
    get,
    list: async (query) => list(dir, query, get),
    delete: async (id) => {
      const lock = await lockSession(dir, id, { busyTimeoutMs: 0 });
      try {
        await unlink(pathOf(id)).catch((error: unknown) => {
          throw errorCode(error) === "ENOENT" ? new SessionNotFoundError(id, error) : error;
        });
      } finally {
        await lock.release();
      }
    },
    isOpen: (id) => isLocked(dir, id),
    reindex: async () => undefined,
    close: async () => undefined,
  };
}

async function open(
  dir: string,
  id: string,
  options: DriverOpenOptions,
  get: (id: string) => Promise<SessionInfo | undefined>,
): Promise<SessionLog> {
  const lock = await lockSession(dir, id, options);
  try {
    const file = await openTranscript(join(dir, `${id}${SUFFIX}`), lock);
    const info = await get(id);
    return {
      info,
      repairs: file.repairs,
      readBackward: () => file.readBackward(),
      append: (lines) => file.append(lines),
      close: async () => {
        await file.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function infoOf(id: string, path: string, bytes: Buffer): SessionInfo | undefined {
  const [first, ...rest] = linesOf(bytes);
  if (first === undefined) return undefined;
  const header = parseHeader(jsonOf(first.text));
  if (header === undefined)
    throw new TranscriptCorruptError(path, 1, "it is not a session header of version 3");
  // On a file system that folds case, session "A" would otherwise go on in the file of "a".
  if (header.id !== id)
    throw new TranscriptCorruptError(path, 1, `it belongs to session ${JSON.stringify(header.id)}`);
  let info = infoOfHeader(header);
  for (const { text } of rest) {
    const entry = parseEntry(jsonOf(text));
    if (entry !== undefined) info = infoWith(info, entry);
  }
  return info;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function list(
  dir: string,
  query: DriverQuery,
  get: (id: string) => Promise<SessionInfo | undefined>,
): Promise<DriverPage> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const ids = (await readdir(dir))
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length));
  const infos = await Promise.all(ids.filter(isSessionId).map(get));
  const found = infos.filter((info) => info !== undefined);
  return { sessions: found.filter((info) => !query.openRun || info.openRun !== undefined) };
}
