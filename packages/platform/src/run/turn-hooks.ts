import type { AttemptPlan, ModelAnswer, Spent } from "../broker/model-call.ts";
import type { Turn } from "./take-turn.ts";

/** What other parts of a run do about its model calls; see `ModelCall` for when each is called. */
export interface TurnHooks {
  /** What it throws ends the run, with exactly that. */
  beforeAttempt(attempt: AttemptPlan, turn: Turn): void | Promise<void>;
  /** What it throws ends the run, with exactly that. */
  onSpent(spent: Spent, turn: Turn): void | Promise<void>;
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
  onAnswer: () => undefined,
};
