import { constants, fstatSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Repair, StoredLine } from "../driver.ts";
import { SessionError, SessionStoreError, TranscriptWriteError } from "../errors.ts";
import { writeWhole } from "./aside.ts";
import { syncDirectory } from "./durable-file.ts";
import { createGroupCommit } from "./group-commit.ts";
import type { SessionLock } from "./session-lock.ts";
import { setTornAside, type TranscriptPlace } from "./transcript-check.ts";
import { readGoodLinesBackward, shapeOfTranscript } from "./transcript-reading.ts";

/** One session's transcript, open for appending. Only the holder of the session's lock may have it. */
export interface TranscriptFile {
  /** Grows as reading finds more. */
  readonly repairs: readonly Repair[];
  /** Bytes that are stored for good. */
  readonly bytes: number;
  /** What is stored, last line to first, without lines that are no entries. */
  readBackward(): AsyncIterable<StoredLine>;
  /** @throws TranscriptWriteError, SessionLockLostError */
  append(lines: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the transcript of a session; the file of a new one is made with its first line. A torn last line, which is
 * of an entry that nobody was told is stored, is moved aside.
 *
 * @throws TranscriptCorruptError, TranscriptWriteError, SessionStoreError
 */
export async function openTranscript(place: TranscriptPlace, lock: SessionLock): Promise<TranscriptFile> {
  const repairs: Repair[] = [];
  const shape = await shapeOfTranscript(place);
  let bytes = shape?.whole ?? 0;
  if (shape !== undefined && shape.whole < shape.size)
    repairs.push(await setTornAside(place, shape).catch((error: unknown) => refuse(place.path, error)));
  let file: FileHandle | undefined;
  const commits = createGroupCommit(async (lines) => {
    await lock.assertHeld();
    const text = Buffer.from(`${lines.join("\n")}\n`);
    try {
      file ??= await openForAppending(place.path, bytes === 0 ? constants.O_CREAT : 0);
      await writeWhole(file, text);
      requireName(file);
    } catch (error) {
      throw new TranscriptWriteError(place.path, error);
    }
    // Who was stopped between the look and the write may have written after the next holder's first look.
    await lock.assertHeld();
    bytes += text.length;
  });
  return {
    repairs,
    get bytes() {
      return bytes;
    },
    readBackward: () => readGoodLinesBackward(place, bytes, repairs),
    // A failure stays: what was torn must stay the last line, for the next opening to repair.
    append: (lines) => commits.add(lines),
    close: async () => {
      await commits.settled();
      await file?.close();
    },
  };
}

/**
 * Appending is the kernel's doing (O_APPEND), so that no write can ever go over an older one; and so is waiting for
 * the disk (O_DSYNC, open(2)): each write returns as if followed by fdatasync, in one call instead of two. That
 * covers the bytes of the write alone, so what a killed process had left in the page cache goes to the disk first.
 *
 * @param create O_CREAT for a new session; the file of another one must be there, or it would go on without its header
 */
async function openForAppending(path: string, create: number): Promise<FileHandle> {
  const { O_WRONLY, O_APPEND, O_DSYNC } = constants;
  const file = await open(path, O_WRONLY | O_APPEND | O_DSYNC | create, 0o600);
  try {
    await file.datasync();
    await syncDirectory(dirname(path));
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Who removes a transcript while it is written, or puts another file in its place, as restoring a backup does, leaves
 * the writer a file that nobody can ever read.
 */
function requireName(file: FileHandle): void {
  if (fstatSync(file.fd).nlink === 0)
    throw new SessionStoreError(
      "the transcript was removed, or another one put in its place, while it was written",
    );
}

function refuse(path: string, error: unknown): never {
  throw error instanceof SessionError ? error : new TranscriptWriteError(path, error);
}
