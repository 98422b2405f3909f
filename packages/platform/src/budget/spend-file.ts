import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { SpendWriteError } from "../errors/budget-errors.ts";
import { syncDirectory } from "../state/durable-file.ts";
import { errorCode } from "../state/io-error.ts";
import { monthOf } from "./calendar.ts";
import { monthPath } from "./month-file.ts";
import { frameSpend } from "./spend-lines.ts";
import type { SpendRecord } from "./spend-record.ts";

/** Appends records to the files of their months, for good. */
export interface SpendFile {
  /**
   * When the promise resolves the records survive a kill and a power cut.
   *
   * @throws SpendWriteError
   */
  append(records: readonly SpendRecord[]): Promise<void>;
}

/** @param directory made with the first record; the directory around it must be there */
export function createSpendFile(directory: string): SpendFile {
  /** The file whose name this process knows to be on disk. */
  let synced: string | undefined;
  const appendTo = async (path: string, records: readonly SpendRecord[]): Promise<void> => {
    // Opened anew each time: an idle workspace holds no descriptor, and one that was replaced is not missed.
    const file = await open(path, "a", 0o600).catch(async (error: unknown) => {
      if (errorCode(error) !== "ENOENT") throw error;
      await mkdir(directory, { mode: 0o700 }).catch(unlessMade);
      await syncDirectory(dirname(directory));
      return open(path, "a", 0o600);
    });
    try {
      await writeFrames(file, records.map(frameSpend));
      await file.datasync();
    } finally {
      await file.close();
    }
    if (synced !== path) await syncDirectory(directory);
    synced = path;
  };
  return {
    append: async (records) => {
      for (const month of new Set(records.map(({ at }) => monthOf(at)))) {
        const path = monthPath(directory, month);
        const own = records.filter(({ at }) => monthOf(at) === month);
        await appendTo(path, own).catch((error: unknown) => {
          throw new SpendWriteError(path, error);
        });
      }
    },
  };
}

/** What is needed of a file that is open for appending. */
interface Appending {
  write(bytes: Buffer): Promise<{ readonly bytesWritten: number }>;
}

/**
 * Appends each frame by one `write`, several by one where they come together: with O_APPEND the kernel
 * keeps those of all processes apart (write(2)). A write that was cut short, as by a disk that is nearly
 * full, is gone on with at the first frame that is not whole.
 */
export async function writeFrames(file: Appending, frames: readonly Buffer[]): Promise<void> {
  for (let rest = frames; rest.length > 0; ) {
    const { bytesWritten } = await file.write(Buffer.concat(rest));
    let end = 0;
    rest = rest.filter((frame) => {
      end += frame.length;
      // A record that lacks nothing but its last newline is whole: the next one begins with a line end.
      return bytesWritten < end - 1;
    });
  }
}

/** Another process was faster. */
function unlessMade(error: unknown): void {
  if (errorCode(error) !== "EEXIST") throw error;
}
