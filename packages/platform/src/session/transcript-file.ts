import { randomUUID } from "node:crypto";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TranscriptWriteError } from "../errors/session-errors.ts";
import { syncDirectory, writeNewFile } from "../state/durable-file.ts";
import { errorCode } from "../state/io-error.ts";
import type { SessionLock } from "./session-lock.ts";
import type { NewEntry, TranscriptEntry } from "./transcript-entry.ts";
import { readTranscript } from "./transcript-reader.ts";

/** The directory that the agent works in, as it sees it. */
const AGENT_DIRECTORY = "/workspace";

/** One session's transcript, open for appending. Only the holder of the session's lock may have it. */
export interface TranscriptFile {
  /** What the file held when it was opened, and at once what is appended. */
  readonly entries: readonly TranscriptEntry[];
  /**
   * Appends entries, each the child of the one before. When the promise resolves they survive a kill
   * and a power cut. Calls are carried out in their order; after a failure none is any more.
   *
   * @throws TranscriptWriteError, SessionLockLostError
   */
  append(entries: readonly NewEntry[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the transcript of a session; the file of a new one is made with its first entry. A torn last
 * line, which is of an entry that nobody was told is stored, is moved to a file beside it
 * (`….jsonl.torn-…`).
 *
 * @throws TranscriptCorruptError when it cannot be read; the file is then left as it is
 */
export async function openTranscript(
  directory: string,
  sessionId: string,
  lock: SessionLock,
): Promise<TranscriptFile> {
  const path = join(directory, `${sessionId}.jsonl`);
  const bytes = await readOrNothing(path);
  const { entries, hasHeader, wholeBytes } = readTranscript(path, sessionId, bytes);
  if (wholeBytes < bytes.length) await setAside(path, bytes, wholeBytes);
  return createAppender({ path, lock, entries, header: hasHeader ? "" : headerLine(sessionId) });
}

async function readOrNothing(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
}

async function setAside(path: string, bytes: Buffer, wholeBytes: number): Promise<void> {
  await writeNewFile(`${path}.torn-${randomUUID()}`, bytes.subarray(wholeBytes));
  await syncDirectory(dirname(path));
  const file = await open(path, "r+");
  try {
    await file.truncate(wholeBytes);
    await file.datasync();
  } finally {
    await file.close();
  }
}

interface OpenTranscript {
  readonly path: string;
  readonly lock: SessionLock;
  /** Written before the first entry: the header line of a new transcript, or nothing. */
  readonly header: string;
  readonly entries: readonly TranscriptEntry[];
}

function createAppender({ path, lock, header, entries: read }: OpenTranscript): TranscriptFile {
  const entries = [...read];
  const ids = new Set(entries.map((entry) => entry.id));
  let leaf = entries.at(-1)?.id ?? null;
  let pendingHeader = header;
  let file: FileHandle | undefined;
  let queue: Promise<void> = Promise.resolve();

  const write = async (text: string): Promise<void> => {
    await lock.assertHeld();
    try {
      file ??= await openForAppending(path);
      await file.appendFile(text);
      await file.datasync();
    } catch (error) {
      throw new TranscriptWriteError(path, error);
    }
  };
  return {
    entries,
    append: (added) => {
      let text = pendingHeader;
      pendingHeader = "";
      for (const content of added) {
        const base = { id: freshId(ids), parentId: leaf, timestamp: new Date().toISOString() };
        const entry = { ...base, ...content };
        text += entryLine(entry);
        entries.push(entry);
        leaf = entry.id;
      }
      // A failure stays in the queue: what was torn must stay the last line, for the next opening to repair.
      queue = queue.then(() => write(text));
      return queue;
    },
    close: async () => {
      await queue.catch(() => undefined);
      await file?.close();
    },
  };
}

/** Appending is the kernel's doing (O_APPEND), so that no write can ever go over an older one. */
async function openForAppending(path: string): Promise<FileHandle> {
  const file = await open(path, "a", 0o600);
  await syncDirectory(dirname(path));
  return file;
}

function headerLine(sessionId: string): string {
  const timestamp = new Date().toISOString();
  return `${JSON.stringify({ type: "session", version: 3, id: sessionId, timestamp, cwd: AGENT_DIRECTORY })}\n`;
}

/** In pi's order of fields. */
function entryLine({ type, ...rest }: TranscriptEntry): string {
  return `${JSON.stringify({ type, ...rest })}
`;
}

/** Ids are eight hexadecimal digits, as pi's are, and unique within the file. */
function freshId(ids: Set<string>): string {
  for (;;) {
    const id = randomUUID().slice(0, 8);
    if (!ids.has(id)) {
      ids.add(id);
      return id;
    }
  }
}
