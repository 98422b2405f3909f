import { type BudgetLimit, type BudgetLimits, budgetLimits } from "./limits.ts";
import type { Spend } from "./spend-record.ts";

/** What each limit is a limit of. */
const amountOf = {
  maxTokens: "totalTokens",
  maxCostUsd: "costUsd",
  maxTurns: "turns",
  maxToolCalls: "toolCalls",
} as const satisfies { [limit in BudgetLimit]: keyof Spend };

/** How a limited period stands. */
export interface BudgetStatus {
  readonly limits: BudgetLimits;
  readonly spent: Spend;
  /** Of what has a limit; never below 0. */
  readonly left: { readonly [amount in (typeof amountOf)[BudgetLimit]]?: number };
  /** When the period begins anew; a run's never does. */
  readonly resetsAt?: Date | undefined;
}

/** One limit, and how much of it is used. */
export interface LimitUse {
  readonly limit: BudgetLimit;
  readonly max: number;
  readonly spent: number;
}

/** What the next call costs at the least, as far as it is known before. */
export interface LeastCost {
  readonly totalTokens: number;
  readonly costUsd: number;
}

export function budgetStatus(limits: BudgetLimits, spent: Spend, resetsAt: Date | undefined): BudgetStatus {
  const left = usesOf(limits, spent).map(({ limit, max, spent }) => [
    amountOf[limit],
    Math.max(0, max - spent),
  ]);
  return { limits, spent, left: Object.fromEntries(left), ...(resetsAt === undefined ? {} : { resetsAt }) };
}

/** Every limit with its use. */
export function usesOf(limits: BudgetLimits, spent: Spend): LimitUse[] {
  return budgetLimits.flatMap((limit) => {
    const max = limits[limit];
    return max === undefined ? [] : { limit, max, spent: spent[amountOf[limit]] };
  });
}

/** A billionth of a dollar: sums of prices are off by much less, and no limit is meant to be so exact. */
const ROUNDING_USD = 1e-9;

/**
 * Whether a limit forbids a model call. A call takes more than its request (there is an answer, too), so
 * what would only just be used up is refused. Tool calls are another matter: the answer may need none.
 */
export function forbidsCall({ limit, max, spent }: LimitUse, least: LeastCost): boolean {
  if (limit === "maxToolCalls") return spent > max;
  const most = limit === "maxCostUsd" ? max - ROUNDING_USD : max;
  return spent + neededFor(limit, least) >= most;
}

/** What a call takes of a limit at the least. */
export function neededFor(limit: BudgetLimit, least: LeastCost): number {
  if (limit === "maxTokens") return least.totalTokens;
  return limit === "maxCostUsd" ? least.costUsd : 0;
}
