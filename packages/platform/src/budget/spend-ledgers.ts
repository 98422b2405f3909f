import { createSpendLedger, type SpendLedger } from "./spend-ledger.ts";

/** Ledgers that are kept at once: a few kB each. */
const KEPT = 1000;

/**
 * Gives all users of one directory the same ledger, so that what they record goes to the disk together and
 * what is there is read once. One that has not been asked for in a long time is forgotten; a second ledger
 * of one directory does no harm, as another process would not.
 */
export function createSpendLedgers(): (directory: string) => SpendLedger {
  const kept = new Map<string, SpendLedger>();
  return (directory) => {
    const ledger = kept.get(directory) ?? createSpendLedger(directory);
    // A map goes by insertion: the first is the one that was not asked for in the longest time.
    kept.delete(directory);
    kept.set(directory, ledger);
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return ledger;
  };
}
