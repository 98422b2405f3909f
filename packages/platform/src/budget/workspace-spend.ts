import { readOptions } from "../options/option-reader.ts";
import { type CalendarPeriod, dayOf, endOf, monthOf, startOf } from "./calendar.ts";
import type { SpendLedger } from "./spend-ledger.ts";
import type { Spend } from "./spend-record.ts";
import type { SpendShare } from "./spend-sums.ts";

/** What to add up. */
export interface SpendQuery {
  /** The current day or month, in UTC. Default: `month`. */
  readonly period?: CalendarPeriod | undefined;
}

/** What a workspace has spent in one day or month. */
export interface PeriodSpend {
  readonly period: CalendarPeriod;
  readonly startedAt: Date;
  /** When the next one begins. */
  readonly resetsAt: Date;
  readonly total: Spend;
  /** The same by model and key, in the order in which they were first used. */
  readonly by: readonly SpendShare[];
}

/** @throws InvalidOptionError */
export function parseSpendQuery(query: SpendQuery = {}): CalendarPeriod {
  const options = readOptions("spend", query, ["period"]);
  const period = options.optionalText("period") ?? "month";
  if (period !== "day" && period !== "month") throw options.refuse("period", 'must be "day" or "month"');
  return period;
}

/** @throws SpendCorruptError */
export async function readSpend(
  ledger: SpendLedger,
  period: CalendarPeriod,
  at: number = Date.now(),
): Promise<PeriodSpend> {
  const sums = await ledger.sums(at);
  const name = period === "day" ? dayOf(at) : monthOf(at);
  return {
    period,
    startedAt: startOf(period, at),
    resetsAt: endOf(period, at),
    total: sums.total(name),
    by: sums.shares(name),
  };
}
