import { type OptionReader, readOptions } from "../options/option-reader.ts";

/** Most of what may be spent in one period. Each is a number above 0; all but the price are whole. */
export interface BudgetLimits {
  /** Tokens of prompts and answers, those from and to the provider's cache included. */
  readonly maxTokens?: number | undefined;
  /** US dollars, by the catalogue's prices or those of `createPlatform`. */
  readonly maxCostUsd?: number | undefined;
  /** Answers of a model. */
  readonly maxTurns?: number | undefined;
  /** Tool calls in those answers. An answer that asks for more than are left is not carried out. */
  readonly maxToolCalls?: number | undefined;
}

/** What a single run may spend, and what a workspace may in one day and in one month (UTC). */
export interface Budget {
  readonly run?: BudgetLimits | undefined;
  readonly day?: BudgetLimits | undefined;
  readonly month?: BudgetLimits | undefined;
}

export type BudgetPeriod = keyof Budget;
export type BudgetLimit = keyof BudgetLimits;

export const budgetPeriods = ["run", "day", "month"] as const satisfies readonly BudgetPeriod[];
export const budgetLimits = [
  "maxTokens",
  "maxCostUsd",
  "maxTurns",
  "maxToolCalls",
] as const satisfies readonly BudgetLimit[];

/**
 * Reads the option `budget`. A limit that is misspelt, or no number, is an error and never no limit.
 *
 * @param periods those that may be limited here
 * @throws InvalidOptionError
 */
export function optionalBudget(
  options: OptionReader,
  periods: readonly BudgetPeriod[] = budgetPeriods,
): Budget | undefined {
  const given = options.optionalObject("budget");
  if (given === undefined) return undefined;
  const budget = readOptions("the option budget", given, periods);
  const read: { [period in BudgetPeriod]?: BudgetLimits } = {};
  for (const period of periods) {
    const limits = budget.optionalObject(period);
    if (limits !== undefined) read[period] = readLimits(`the option budget.${period}`, limits);
  }
  return read;
}

function readLimits(where: string, given: Record<string, unknown>): BudgetLimits {
  const options = readOptions(where, given, budgetLimits);
  const limits: { [limit in BudgetLimit]?: number } = {};
  for (const name of budgetLimits) {
    const value = options.optionalNumber(name);
    if (value === undefined) continue;
    if (value <= 0) throw options.refuse(name, "must be a number above 0; leave it out for no limit");
    if (name !== "maxCostUsd" && !Number.isSafeInteger(value))
      throw options.refuse(name, "must be a whole number");
    limits[name] = value;
  }
  return limits;
}

/** Who may say something about a run's budget. */
export interface BudgetLevels {
  readonly platform: Budget | undefined;
  readonly workspace: Budget | undefined;
  readonly run: Pick<Budget, "run"> | undefined;
}

/**
 * What holds for a run. Each limit of the workspace takes the place of the platform's, which is a default
 * for all workspaces; a run's own limits hold beside those, so that it can be given less, and never more.
 */
export function effectiveBudget({ platform, workspace, run }: BudgetLevels): Budget {
  const lasting = (period: BudgetPeriod) => ({ ...platform?.[period], ...workspace?.[period] });
  return { run: leastOf(lasting("run"), run?.run ?? {}), day: lasting("day"), month: lasting("month") };
}

function leastOf(a: BudgetLimits, b: BudgetLimits): BudgetLimits {
  const least: { [limit in BudgetLimit]?: number } = {};
  for (const name of budgetLimits) {
    const limits = [a[name], b[name]].filter((limit) => limit !== undefined);
    if (limits.length > 0) least[name] = Math.min(...limits);
  }
  return least;
}

export function hasLimits(limits: BudgetLimits | undefined): limits is BudgetLimits {
  return limits !== undefined && budgetLimits.some((name) => limits[name] !== undefined);
}
