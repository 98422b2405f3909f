import type { AttemptRecord } from "@cloison/fallback";
import type { AttemptPlan, ModelAnswer, Spent } from "../broker/model-call.ts";
import { BudgetExceededError, UnknownPriceError } from "../errors/budget-errors.ts";
import type { RunListener } from "../run/run-events.ts";
import type { TurnHooks } from "../run/turn-hooks.ts";
import {
  type BudgetStatus,
  budgetStatus,
  forbidsCall,
  type LeastCost,
  type LimitUse,
  neededFor,
  usesOf,
} from "./budget-status.ts";
import { dayOf, endOf, monthOf } from "./calendar.ts";
import { estimatedUsage } from "./estimated-usage.ts";
import { type Budget, type BudgetLimits, type BudgetPeriod, budgetPeriods, hasLimits } from "./limits.ts";
import type { SpendLedger } from "./spend-ledger.ts";
import { addSpend, noSpend, type Spend, soundUsage } from "./spend-record.ts";

/** From this part of a limit on an event tells how much of it is used. */
const WARN_SHARE = 0.8;

/** Whose spend is watched, and by what. */
export interface RunBudgetPlace {
  readonly budget: Budget;
  readonly ledger: SpendLedger;
  readonly sessionId: string;
  /** Those of the run so far, for errors. */
  attempts(): readonly AttemptRecord[];
  readonly emit: RunListener;
  /** That of the run whose subagent this one is; its limits hold for both together. */
  readonly parent?: RunBudget | undefined;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** How each period stands that has a limit. */
export type RunBudgetStatus = { readonly [period in BudgetPeriod]?: BudgetStatus };

/** How a period stands whose limits are to hold. */
interface Standing {
  readonly period: BudgetPeriod;
  readonly limits: BudgetLimits;
  readonly spent: Spend;
  readonly resetsAt: Date | undefined;
}

/**
 * Records what one run spends, and refuses model calls when a limit is used up. Several runs at the same
 * time see what the others have spent, but not what their calls that are under way will: together they
 * can go beyond a limit by what these cost, and by no more.
 */
export class RunBudget {
  readonly #place: RunBudgetPlace;
  readonly #limited: readonly (readonly [BudgetPeriod, BudgetLimits])[];
  readonly #now: () => number;
  readonly #parent: RunBudget | undefined;
  readonly #warned = new Set<string>();
  #spent = noSpend;
  #plan: AttemptPlan | undefined;
  #recorded: Promise<unknown> = Promise.resolve();

  constructor(place: RunBudgetPlace) {
    const { budget, now = Date.now, parent } = place;
    this.#place = place;
    this.#parent = parent;
    this.#now = now;
    this.#limited = budgetPeriods.flatMap((period) => {
      const limits = budget[period];
      return hasLimits(limits) ? [[period, limits] as const] : [];
    });
  }

  /** What a run has to call. */
  get hooks(): Pick<TurnHooks, "beforeAttempt" | "onSpent" | "onAnswer"> {
    return {
      beforeAttempt: (plan) => this.beforeAttempt(plan),
      onSpent: (spent) => this.onSpent(spent),
      onAnswer: (answer) => this.onAnswer(answer),
    };
  }

  /** @throws BudgetExceededError, UnknownPriceError, SpendCorruptError, SpendWriteError */
  async beforeAttempt(plan: AttemptPlan): Promise<void> {
    await this.#recorded;
    this.#plan = plan;
    await this.checkAhead(plan);
  }

  private async checkAhead(plan: AttemptPlan): Promise<void> {
    const { price, requestTokens, provider, model } = plan;
    const priced = this.#limited.some(([, limits]) => limits.maxCostUsd !== undefined);
    if (priced && price === undefined) throw new UnknownPriceError(provider, model);
    // The cheapest that it can be: all of the request comes from the provider's cache.
    const cheapest = price === undefined ? 0 : Math.min(price.input, price.cacheRead);
    const least = { totalTokens: requestTokens, costUsd: (cheapest * requestTokens) / 1_000_000 };
    for (const standing of await this.#standings()) {
      this.#warn(standing);
      const use = usesOf(standing.limits, standing.spent).find((use) => forbidsCall(use, least));
      if (use !== undefined) throw this.#exceeded(standing, use, least);
    }
    await this.#parent?.checkAhead(plan);
  }

  /** Counts what was spent at once and begins to store it; `onAnswer` and `settled` wait for the disk. */
  onSpent({ provider, model, key, usage, answer }: Spent): void {
    const told = soundUsage(usage);
    const estimated = told.totalTokens === 0 && answer !== undefined;
    if (told.totalTokens === 0 && !estimated) return;
    const known = estimated ? estimatedUsage(answer, this.#plan) : told;
    const toolCalls = answer?.content.filter((block) => block.type === "toolCall").length ?? 0;
    const spend = { ...known, turns: answer === undefined ? 0 : 1, toolCalls };
    this.count(spend);
    const { ledger, sessionId } = this.#place;
    const recorded = ledger.record({ at: this.#now(), sessionId, provider, model, key, ...spend, estimated });
    this.#recorded = Promise.all([this.#recorded, recorded]);
    this.#recorded.catch(() => undefined);
  }

  private count(spend: Spend): void {
    this.#spent = addSpend(this.#spent, spend);
    this.#parent?.count(spend);
  }

  /**
   * Resolves when all that was spent is stored, and the answer may be given on.
   *
   * @throws BudgetExceededError for tool calls beyond a limit; SpendCorruptError, SpendWriteError
   */
  async onAnswer({ message }: Pick<ModelAnswer, "message">): Promise<void> {
    await this.#recorded;
    if (message.content.some((block) => block.type === "toolCall")) await this.checkCalls();
    else for (const standing of await this.#standings()) this.#warn(standing);
  }

  private async checkCalls(): Promise<void> {
    for (const standing of await this.#standings()) {
      this.#warn(standing);
      const calls = usesOf(standing.limits, standing.spent).find(({ limit }) => limit === "maxToolCalls");
      if (calls !== undefined && calls.spent > calls.max) throw this.#exceeded(standing, calls);
    }
    await this.#parent?.checkCalls();
  }

  /** Resolves when nothing is being stored any more. */
  async settled(): Promise<void> {
    await this.#recorded.catch(() => undefined);
  }

  /**
   * How each period that has a limit stands.
   *
   * @throws SpendCorruptError
   */
  async status(): Promise<RunBudgetStatus> {
    const standings = await this.#standings();
    return Object.fromEntries(
      standings.map(({ period, limits, spent, resetsAt }) => [period, budgetStatus(limits, spent, resetsAt)]),
    );
  }

  async #standings(): Promise<Standing[]> {
    const at = this.#now();
    const lasting = this.#limited.some(([period]) => period !== "run");
    const sums = lasting ? await this.#place.ledger.sums(at) : undefined;
    return this.#limited.map(([period, limits]) => {
      if (period === "run") return { period, limits, spent: this.#spent, resetsAt: undefined };
      const spent = sums?.total(period === "day" ? dayOf(at) : monthOf(at)) ?? noSpend;
      return { period, limits, spent, resetsAt: endOf(period, at) };
    });
  }

  #warn({ period, limits, spent, resetsAt }: Standing): void {
    for (const use of usesOf(limits, spent)) {
      const id = `${period}.${use.limit}`;
      if (use.spent < use.max * WARN_SHARE || this.#warned.has(id)) continue;
      this.#warned.add(id);
      this.#place.emit({ type: "budget", period, ...use, resetsAt });
    }
  }

  #exceeded({ period, resetsAt }: Standing, use: LimitUse, least?: LeastCost): BudgetExceededError {
    const needed = least === undefined ? undefined : neededFor(use.limit, least);
    const { turns, toolCalls, ...usage } = this.#spent;
    return new BudgetExceededError({
      period,
      ...use,
      needed,
      resetsAt,
      attempts: this.#place.attempts(),
      usage,
    });
  }
}
