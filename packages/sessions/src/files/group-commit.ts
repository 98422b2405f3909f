/** Makes many small writes into few large ones. */
export interface GroupCommit {
  /** Resolves when the lines were committed; once a commit has failed, every later one fails as it did. */
  add(lines: readonly string[]): Promise<void>;
  /** When all that was added is committed or has failed. Never rejects. */
  settled(): Promise<void>;
}

interface Batch {
  readonly lines: string[];
  chars: number;
  readonly done: Promise<void>;
}

/** A burst is written in pieces of this size, in UTF-16 units, so that it never needs one string of all of it. */
const MAX_CHARS = 4 * 1024 * 1024;

/**
 * Lines that are added while a commit goes on wait, and are committed together by the next one; in the order
 * in which they were added. So one wait for the disk serves all writers that came during the one before.
 *
 * @param commit is never called while an earlier call goes on, nor after one that failed
 */
export function createGroupCommit(commit: (lines: readonly string[]) => Promise<void>): GroupCommit {
  let waiting: Batch | undefined;
  let last: Promise<void> = Promise.resolve();

  const begin = (): Batch => {
    const lines: string[] = [];
    const done = last.then(async () => {
      if (waiting === batch) waiting = undefined;
      await commit(lines);
    });
    const batch: Batch = { lines, chars: 0, done };
    last = done;
    return batch;
  };
  return {
    add: (lines) => {
      if (waiting === undefined || waiting.chars >= MAX_CHARS) waiting = begin();
      for (const line of lines) {
        waiting.lines.push(line);
        waiting.chars += line.length;
      }
      return waiting.done;
    },
    settled: () => last.catch(() => undefined),
  };
}
