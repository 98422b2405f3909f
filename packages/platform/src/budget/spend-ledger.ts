import { monthOf } from "./calendar.ts";
import { MonthFile } from "./month-file.ts";
import { createSpendFile } from "./spend-file.ts";
import type { SpendRecord } from "./spend-record.ts";
import type { SpendSums } from "./spend-sums.ts";

/**
 * What one workspace has spent, on disk: one file a month, shared by all runs of all processes. Nothing
 * of it is ever changed or removed.
 */
export interface SpendLedger {
  /**
   * When the promise resolves the record survives a kill and a power cut. Records that come while another
   * is being written go to the disk together.
   *
   * @throws SpendWriteError
   */
  record(record: SpendRecord): Promise<void>;
  /**
   * The sums of the month that this moment lies in, with all records of this process so far and all that
   * others had written. Reads what is new since the last look only.
   *
   * @throws SpendCorruptError
   */
  sums(at: number): Promise<SpendSums>;
}

/** @param directory made with the first record */
export function createSpendLedger(directory: string): SpendLedger {
  const file = createSpendFile(directory);
  let month: MonthFile | undefined;
  let waiting: SpendRecord[] = [];
  let written: Promise<void> | undefined;
  /** Writing and looking take turns, so that a look sees each record of ours once, and none twice. */
  let turns: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turns.then(work);
    turns = done.catch(() => undefined);
    return done;
  };
  const writeWaiting = async (): Promise<void> => {
    const records = waiting;
    waiting = [];
    written = undefined;
    await file.append(records);
  };
  return {
    record: (record) => {
      waiting.push(record);
      written ??= inTurn(writeWaiting);
      return written;
    },
    sums: (at) =>
      inTurn(async () => {
        if (month?.month !== monthOf(at)) month = new MonthFile(directory, monthOf(at));
        return month.read();
      }),
  };
}
