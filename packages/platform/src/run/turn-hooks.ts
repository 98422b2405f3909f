import type { AttemptPlan, ContextOverflow, Spent } from "../broker/model-call.ts";
import type { Turn } from "./take-turn.ts";

/** What other parts of a run do about its model calls; see `ModelCall` for when each is called. */
export interface TurnHooks {
  /** What it throws ends the run, with exactly that. */
  beforeAttempt(attempt: AttemptPlan, turn: Turn): void | Promise<void>;
  /** What it throws ends the run, with exactly that. */
  onSpent(spent: Spent, turn: Turn): void | Promise<void>;
  /** @returns true when the session's conversation is shorter now */
  onOverflow(overflow: ContextOverflow, turn: Turn): Promise<boolean>;
}

/** Lets every call go ahead, and can make no conversation shorter. */
export const noHooks: TurnHooks = {
  beforeAttempt: () => undefined,
  onSpent: () => undefined,
  onOverflow: async () => false,
};
