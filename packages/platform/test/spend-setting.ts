import { noSpend, type SpendRecord } from "../src/budget/spend-record.ts";

/** A record of one answer, but for what is given. */
export function spendRecord(given: Partial<SpendRecord> = {}): SpendRecord {
  return {
    at: Date.UTC(2026, 10, 22, 12),
    sessionId: "s",
    provider: "p",
    model: "m",
    key: "…last",
    estimated: false,
    ...noSpend,
    input: 1,
    totalTokens: 1,
    turns: 1,
    ...given,
  };
}
