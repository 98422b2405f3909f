import { randomUUID } from "node:crypto";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Repair, StoredLine } from "../driver.ts";
import { TranscriptWriteError } from "../errors.ts";
import { syncDirectory, writeNewFile } from "./durable-file.ts";
import { errorCode } from "./io-error.ts";
import type { SessionLock } from "./session-lock.ts";

/** One session's transcript, open for appending. Only the holder of the session's lock may have it. */
export interface TranscriptFile {
  readonly repairs: readonly Repair[];
  readBackward(): AsyncIterable<StoredLine>;
  /** @throws TranscriptWriteError, SessionLockLostError */
  append(lines: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const NEWLINE = 0x0a;

/**
 * Opens the transcript of a session; the file of a new one is made with its first line. A torn last
 * line, which is of an entry that nobody was told is stored, is moved to a file beside it
 * (`….jsonl.torn-…`). It lacks its newline, or holds a NUL (what a file system puts where a power cut kept
 * data from being written).
 */
export async function openTranscript(path: string, lock: SessionLock): Promise<TranscriptFile> {
  const bytes = await readOrNothing(path);
  const wholeBytes = lengthOfWholeLines(bytes);
  const repairs = wholeBytes < bytes.length ? [await setAside(path, bytes, wholeBytes)] : [];
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
    repairs,
    readBackward: async function* () {
      yield* linesOf(await readOrNothing(path)).toReversed();
    },
    append: (lines) => {
      // A failure stays in the queue: what was torn must stay the last line, for the next opening to repair.
      queue = queue.then(() => write(lines.map((line) => `${line}\n`).join("")));
      return queue;
    },
    close: async () => {
      await queue.catch(() => undefined);
      await file?.close();
    },
  };
}

/** The whole lines of a transcript. */
export function linesOf(bytes: Buffer): StoredLine[] {
  const lines: StoredLine[] = [];
  let offset = 0;
  for (const text of bytes.toString("utf8", 0, lengthOfWholeLines(bytes)).split("\n").slice(0, -1)) {
    lines.push({ offset, text });
    offset += Buffer.byteLength(text) + 1;
  }
  return lines;
}

function lengthOfWholeLines(bytes: Buffer): number {
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  if (end === 0) return 0;
  const start = end === 1 ? 0 : bytes.lastIndexOf(NEWLINE, end - 2) + 1;
  return bytes.subarray(start, end).includes(0) ? start : end;
}

async function readOrNothing(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
}

async function setAside(path: string, bytes: Buffer, wholeBytes: number): Promise<Repair> {
  const keptAt = `${path}.torn-${randomUUID()}`;
  await writeNewFile(keptAt, bytes.subarray(wholeBytes));
  await syncDirectory(dirname(path));
  const file = await open(path, "r+");
  try {
    await file.truncate(wholeBytes);
    await file.datasync();
  } finally {
    await file.close();
  }
  const reason = "the last line was not written whole";
  return { kind: "torn", offset: wholeBytes, bytes: bytes.length - wholeBytes, keptAt, reason };
}

/** Appending is the kernel's doing (O_APPEND), so that no write can ever go over an older one. */
async function openForAppending(path: string): Promise<FileHandle> {
  const file = await open(path, "a", 0o600);
  await syncDirectory(dirname(path));
  return file;
}
