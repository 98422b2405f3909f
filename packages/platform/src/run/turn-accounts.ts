import type { ModelCall } from "../broker/model-call.ts";
import type { Conversation, Turn } from "./take-turn.ts";

/** What all model calls of a turn have in common, its own and those for a summary. */
export type TurnAccounts = Pick<ModelCall, "sessionId" | "signal" | "beforeAttempt" | "onSpent" | "onEvent">;

/** Every attempt of a turn is allowed, counted and told in the same way, whatever it is for. */
export function turnAccounts({ session, emit, hooks, tally }: Conversation, turn: Turn): TurnAccounts {
  return {
    sessionId: session.id,
    signal: turn.signal,
    beforeAttempt: (attempt) => hooks.beforeAttempt(attempt, turn),
    onSpent: (spent) => {
      tally.spend(spent);
      const { answer: _, ...told } = spent;
      emit({ type: "usage", turn: turn.number, ...told });
      return hooks.onSpent(spent, turn);
    },
    onEvent: (event) => {
      tally.note(turn.number, event);
      emit({ type: "attempt", turn: turn.number, event });
      if (event.type === "success" || event.type === "failure") hooks.onAttempt(event, turn);
    },
  };
}
