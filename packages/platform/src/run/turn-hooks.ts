import type { AttemptRecord } from "@cloison/fallback";
import type { AttemptPlan, ModelAnswer, Spent } from "../broker/model-call.ts";
import type { Turn } from "./take-turn.ts";

/** What other parts of a run do about its model calls; see `ModelCall` for when each is called. */
export interface TurnHooks {
  /** What it throws ends the run, with exactly that. */
  beforeAttempt(attempt: AttemptPlan, turn: Turn): void | Promise<void>;
  /** What it throws ends the run, with exactly that. */
  onSpent(spent: Spent, turn: Turn): void | Promise<void>;
  /** How an attempt went. */
  onAttempt(record: AttemptRecord, turn: Turn): void;
  /**
   * Called when an answer has come, while it is being stored; it is given on when both are done. What it
   * throws ends the run, with exactly that.
   */
  onAnswer(answer: ModelAnswer, turn: Turn): void | Promise<void>;
}

/** Lets every call go ahead. */
export const noHooks: TurnHooks = {
  beforeAttempt: () => undefined,
  onSpent: () => undefined,
  onAttempt: () => undefined,
  onAnswer: () => undefined,
};

/** Calls one after the other; what one of them throws, those behind it are not called for. */
export function joinTurnHooks(...all: readonly TurnHooks[]): TurnHooks {
  return {
    beforeAttempt: async (plan, turn) => {
      for (const hooks of all) await hooks.beforeAttempt(plan, turn);
    },
    onSpent: async (spent, turn) => {
      for (const hooks of all) await hooks.onSpent(spent, turn);
    },
    onAttempt: (record, turn) => {
      for (const hooks of all) hooks.onAttempt(record, turn);
    },
    onAnswer: async (answer, turn) => {
      for (const hooks of all) await hooks.onAnswer(answer, turn);
    },
  };
}
