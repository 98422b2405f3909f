import { estimateTokens } from "@cloison/fallback";
import { pruneToolResults } from "@cloison/sessions";
import { requestTokensOf } from "../broker/context-room.ts";
import { makeRoom } from "./make-room.ts";
import { type Conversation, contextOf, type Turn } from "./take-turn.ts";

/** The part of a window that all tool results together may take. */
const RESULTS_SHARE = 0.5;

/** What could not be made short enough is not tried again before it has grown by so much. */
const GROWTH = 1.1;

/** Makes a conversation shorter before it is too long for the model, where the model's window is known. */
export class RoomAhead {
  #tokensAfter = 0;

  /** @throws what a hook of the turn throws; the signal's reason; TranscriptWriteError, SessionLockLostError */
  async make(conversation: Conversation, turn: Turn): Promise<void> {
    const { line, session, emit } = conversation;
    const window = line.window();
    if (window === undefined) return;
    const { windowTokens, compactAtTokens } = window;
    const budgetTokens = windowTokens * RESULTS_SHARE;
    const pruned = await pruneToolResults({ session, budgetTokens, estimate: estimateTokens });
    if (pruned !== undefined) emit({ type: "pruning", turn: turn.number, ...pruned });
    const tokens = requestTokensOf(contextOf(conversation));
    if (tokens <= compactAtTokens || tokens < this.#tokensAfter * GROWTH) return;
    await makeRoom(conversation, turn, { windowTokens, signal: turn.signal });
    this.#tokensAfter = requestTokensOf(contextOf(conversation));
  }
}
