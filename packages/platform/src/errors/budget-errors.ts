import type { AttemptRecord } from "@cloison/fallback";
import type { BudgetLimit, BudgetPeriod } from "../budget/limits.ts";
import type { RunUsage } from "../run/usage.ts";
import { PlatformError } from "./platform-error.ts";

/** Which limit is used up, and what the run came to until then. */
export interface ExceededBudget {
  readonly period: BudgetPeriod;
  readonly limit: BudgetLimit;
  readonly max: number;
  /** What was spent in this period. */
  readonly spent: number;
  /** What would be spent beyond that at the least, where it is known. */
  readonly needed?: number | undefined;
  /** When the period begins anew; a run's never does. */
  readonly resetsAt?: Date | undefined;
  /** All attempts of the run. */
  readonly attempts?: readonly AttemptRecord[] | undefined;
  /** What the run has spent. */
  readonly usage?: RunUsage | undefined;
}

/** A limit of the budget is used up. The model was not called; what was stored before is kept. */
export class BudgetExceededError extends PlatformError {
  readonly code = "BUDGET_EXCEEDED";
  readonly period: BudgetPeriod;
  /** The limit's name, such as `maxTokens`. */
  readonly limit: BudgetLimit;
  readonly max: number;
  readonly spent: number;
  readonly resetsAt: Date | undefined;
  readonly attempts: readonly AttemptRecord[] | undefined;
  readonly usage: RunUsage | undefined;

  constructor(exceeded: ExceededBudget) {
    super(describe(exceeded));
    this.period = exceeded.period;
    this.limit = exceeded.limit;
    this.max = exceeded.max;
    this.spent = exceeded.spent;
    this.resetsAt = exceeded.resetsAt;
    this.attempts = exceeded.attempts;
    this.usage = exceeded.usage;
  }
}

function describe({ period, limit, max, spent, needed, resetsAt }: ExceededBudget): string {
  const name = `budget.${period}.${limit}`;
  const more =
    needed === undefined || needed === 0 ? "" : `, and ${needed} more would be needed at the least`;
  const advice =
    resetsAt === undefined
      ? `raise ${name}, or ask for less in one run`
      : `wait until ${resetsAt.toISOString()}, when the ${period} is over (UTC), or raise ${name}`;
  return `${name} is used up: ${shown(spent)} of ${max} are spent${more}; ${advice}`;
}

/** Without the last digits of a sum of dollars, which are the sum's own. */
function shown(amount: number): number {
  return Number(amount.toFixed(9));
}

/** A budget limits dollars, and nobody knows what this model costs. The model was not called. */
export class UnknownPriceError extends PlatformError {
  readonly code = "UNKNOWN_PRICE";
  readonly provider: string;
  readonly model: string;

  constructor(provider: string, model: string) {
    const name = JSON.stringify(`${provider}/${model}`);
    super(
      `maxCostUsd is to hold, but no price of ${name} is known: give createPlatform ` +
        `prices: { ${name}: { input, output } } in US dollars per million tokens (0 for a model that ` +
        "costs nothing), or limit maxTokens instead",
    );
    this.provider = provider;
    this.model = model;
  }
}

/** What was spent cannot be read, so a budget that needs it refuses calls. The file is left as it is. */
export class SpendCorruptError extends PlatformError {
  readonly code = "SPEND_CORRUPT";
  readonly path: string;
  /** The first bad line, counted from 1; undefined where the file cannot be read at all. */
  readonly line: number | undefined;

  constructor(path: string, line: number | undefined, reason: string, cause?: unknown) {
    const where = line === undefined ? path : `${path}, line ${line}`;
    super(`spend ledger ${where}: ${reason}; repair the file or restore it from a backup`, cause);
    this.path = path;
    this.line = line;
  }
}

/** What a model call has spent could not be stored, so its answer is not given on. */
export class SpendWriteError extends PlatformError {
  readonly code = "SPEND_WRITE_FAILED";
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`cannot write spend ledger ${path}; see the cause (a full disk?) and run again`, cause);
    this.path = path;
  }
}
