import { performance } from "node:perf_hooks";
import type { AttemptRecord } from "@cloison/fallback";
import type { AttemptPlan, Spent } from "../broker/model-call.ts";
import { HookBlockedError } from "../errors/hook-errors.ts";
import type { Turn } from "../run/take-turn.ts";
import type { TurnHooks } from "../run/turn-hooks.ts";
import type { RunHooks } from "./run-hooks.ts";

/** An attempt of which the hooks are still to be told. */
interface OpenAttempt {
  readonly plan: AttemptPlan;
  readonly turn: number;
  readonly begunAt: number;
  spent?: Pick<Spent, "usage" | "key"> | undefined;
  record?: AttemptRecord | undefined;
}

/** Calls the hooks of model calls. A run makes one attempt after the other. */
export class ModelHooks implements TurnHooks {
  readonly #hooks: RunHooks;
  #open: OpenAttempt | undefined;

  constructor(hooks: RunHooks) {
    this.#hooks = hooks;
  }

  /** @throws HookBlockedError, HookError; the turn's reason to end */
  async beforeAttempt(plan: AttemptPlan, turn: Pick<Turn, "number" | "signal">): Promise<void> {
    await this.settled();
    const { provider, model, requestTokens } = plan;
    for (const registration of this.#hooks.of("before_model_call")) {
      const change = await this.#hooks.call({
        registration,
        input: () => ({ provider, model, requestTokens, turn: turn.number }),
        signal: turn.signal,
      });
      if (change?.block === true) throw new HookBlockedError("before_model_call", change.reason);
    }
    this.#open = { plan, turn: turn.number, begunAt: performance.now() };
  }

  onSpent({ usage, key }: Spent): void {
    if (this.#open !== undefined) this.#open.spent = { usage, key };
  }

  onAttempt(record: AttemptRecord): void {
    if (this.#open !== undefined) this.#open.record = record;
  }

  /** Nobody gets the answer before the hooks have been told of it. */
  onAnswer(): Promise<void> {
    return this.settled();
  }

  /**
   * Tells the hooks of the last attempt. Not before the next one: what an attempt that broke off has spent
   * may be known after its end only.
   */
  async settled(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    const { plan, turn, spent, record, begunAt } = open;
    const { provider, model } = plan;
    const durationMs = record?.durationMs ?? performance.now() - begunAt;
    const { outcome = "none", key = spent?.key } = record ?? {};
    const usage = spent?.usage;
    await this.#hooks.tell("after_model_call", { provider, model, turn, outcome, key, durationMs, usage });
  }
}
