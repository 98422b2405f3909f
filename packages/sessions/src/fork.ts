import { entryIn, jsonOf } from "./branch/entry-line.ts";
import { pathTo, placesIn } from "./branch/path.ts";
import type { SessionDriver } from "./driver.ts";
import type { SessionEntry, SessionHeader } from "./entries.ts";
import { SessionEntryError, SessionExistsError, SessionNotFoundError } from "./errors.ts";
import { RUN_END, RUN_START, type SessionInfo } from "./info.ts";
import { labelEntry, titleEntry } from "./naming.ts";
import { createSessionWriter, type SessionWriter, type StoredEntry } from "./session-writer.ts";

export interface ForkOptions {
  /** The last entry to take over; default: the session's last. */
  readonly at?: string | undefined;
  /** Of the new session; made when none is given. */
  readonly id?: string | undefined;
  /** Of the new session; default: the one that the entries give it. */
  readonly title?: string | undefined;
  /** Gives up, and leaves no new session. */
  readonly signal?: AbortSignal | undefined;
}

/** What a fork is made of. */
export interface Fork {
  readonly driver: SessionDriver;
  readonly sourceId: string;
  /** Of the new session. */
  readonly header: SessionHeader;
  readonly options: ForkOptions;
  readonly busyTimeoutMs: number;
}

/** Characters, about, that are held in memory and written at once. */
const CHUNK_CHARS = 1_000_000;

/** See `SessionStore.fork`. A fork that fails leaves no session; one that is killed may leave its beginning. */
export async function forkSession(fork: Fork): Promise<SessionInfo> {
  const { driver, sourceId, header, options, busyTimeoutMs } = fork;
  const { at, title, signal } = options;
  const named = title === undefined ? [] : [titleEntry(title)];
  const source = await driver.get(sourceId);
  if (source === undefined) throw new SessionNotFoundError(sourceId);
  const path = pathTo(await placesIn(driver.read(sourceId), sourceId), at);
  if (path === undefined || path.size === 0)
    throw new SessionEntryError(
      at === undefined
        ? `session "${sourceId}" has no entry yet`
        : `session "${sourceId}" has no entry "${at}"`,
    );
  const log = await driver.open(header.id, { busyTimeoutMs, signal });
  try {
    if (log.info !== undefined) throw new SessionExistsError(header.id);
    const writer = createSessionWriter({ id: header.id, log, header });
    const taken = await copyPath(fork, path, writer);
    const labels = Object.entries(source.labels).filter(([entryId]) => taken.has(entryId));
    await writer.add([...labels.map(([entryId, label]) => labelEntry(entryId, label)), ...named]).stored;
    await log.close();
    return writer.info;
  } catch (error) {
    await log.close();
    // What is left of it can only be told from a session by who knows of this failure, which comes first.
    if (!(error instanceof SessionExistsError)) await driver.delete(header.id).catch(() => undefined);
    throw error;
  }
}

/** @returns ids of the entries that were taken over */
async function copyPath(
  { driver, sourceId, options }: Fork,
  path: ReadonlySet<number>,
  writer: SessionWriter,
): Promise<ReadonlySet<string>> {
  const taken = new Set<string>();
  let chunk: StoredEntry[] = [];
  let chars = 0;
  let parentId: string | null = null;
  for await (const line of driver.read(sourceId)) {
    const entry = path.has(line.offset) ? entryIn(line, sourceId) : undefined;
    if (entry === undefined || staysBehind(entry)) continue;
    const moved: StoredEntry = childOf(parentId, entry, line.text);
    parentId = entry.id;
    taken.add(entry.id);
    chunk.push(moved);
    chars += moved.line.length;
    if (chars < CHUNK_CHARS) continue;
    options.signal?.throwIfAborted();
    await writer.store(chunk);
    [chunk, chars] = [[], 0];
  }
  await writer.store(chunk);
  return taken;
}

/** A run goes on in its own session alone; labels are taken over as they are now. */
function staysBehind(entry: SessionEntry): boolean {
  if (entry.type === "label") return true;
  return entry.type === "custom" && (entry.customType === RUN_START || entry.customType === RUN_END);
}

/** The line as it is where that will do: it may hold fields that this version does not know. */
function childOf(parentId: string | null, entry: SessionEntry, text: string): StoredEntry {
  if (entry.parentId === parentId) return { entry, line: text };
  const fields = jsonOf(text);
  const line = JSON.stringify(typeof fields === "object" ? { ...fields, parentId } : fields);
  return { entry: { ...entry, parentId }, line };
}
