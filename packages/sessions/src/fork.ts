import { entryIn, entryLine } from "./branch/entry-line.ts";
import { pathTo, placesIn } from "./branch/path.ts";
import type { SessionDriver } from "./driver.ts";
import type { NewEntry, SessionEntry, SessionHeader } from "./entries.ts";
import { SessionEntryError, SessionExistsError, SessionNotFoundError } from "./errors.ts";
import { RUN_END, type SessionInfo } from "./info.ts";
import { titleEntry } from "./naming.ts";
import { parseJson } from "./parse-json.ts";
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

/** Stands for a label of an entry that is not in the fork. Other programs skip it. */
const LEFT_BEHIND = "cloison.left_behind";

/** What a branch summary names as its `fromId` where nothing comes before it, as pi does. */
const ROOT = "root";

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
    const ends = [...labelChanges(source, writer.info, taken), ...runEnd(writer.info), ...named];
    await writer.add(ends).stored;
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
    if (entry === undefined) continue;
    const copy: StoredEntry = copyOf(entry, line.text, { parentId, taken });
    parentId = entry.id;
    taken.add(entry.id);
    chunk.push(copy);
    chars += copy.line.length;
    if (chars < CHUNK_CHARS) continue;
    options.signal?.throwIfAborted();
    await writer.store(chunk);
    [chunk, chars] = [[], 0];
  }
  await writer.store(chunk);
  return taken;
}

interface CopiedBefore {
  readonly parentId: string | null;
  readonly taken: ReadonlySet<string>;
}

/**
 * The line as it is where that will do: it may hold fields that this version does not know. What it says of
 * entries that stay behind is taken out, as other readers refuse to follow it.
 */
function copyOf(entry: SessionEntry, text: string, { parentId, taken }: CopiedBefore): StoredEntry {
  if (entry.type === "label" && !taken.has(entry.targetId)) {
    const { id, timestamp } = entry;
    const copy: SessionEntry = { type: "custom", customType: LEFT_BEHIND, id, parentId, timestamp };
    return { entry: copy, line: entryLine(copy) };
  }
  const isLost = entry.type === "branch_summary" && entry.fromId !== ROOT && !taken.has(entry.fromId);
  if (entry.parentId === parentId && !isLost) return { entry, line: text };
  const changes = { parentId, ...(isLost ? { fromId: parentId ?? ROOT } : {}) };
  const fields = parseJson(text);
  const line = JSON.stringify(typeof fields === "object" ? { ...fields, ...changes } : fields);
  return { entry: { ...entry, ...changes }, line };
}

/** Labels may have changed on other branches, and after the last entry that is taken over. */
function labelChanges(source: SessionInfo, copy: SessionInfo, taken: ReadonlySet<string>): NewEntry[] {
  const of = (labels: SessionInfo["labels"], entryId: string) =>
    Object.hasOwn(labels, entryId) ? labels[entryId] : undefined;
  // As they are: another program may have given one that this package would not.
  return [...taken].flatMap((targetId): NewEntry[] => {
    const label = of(source.labels, targetId);
    return label === of(copy.labels, targetId) ? [] : [{ type: "label", targetId, label }];
  });
}

/** A run goes on in its own session alone. */
function runEnd({ openRun }: SessionInfo): NewEntry[] {
  if (openRun === undefined) return [];
  const data = { runId: openRun.runId, status: "forked" };
  return [{ type: "custom", customType: RUN_END, data }];
}
