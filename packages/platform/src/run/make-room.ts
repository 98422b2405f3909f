import { estimateTokens } from "@cloison/fallback";
import { compactSession, type SummaryRequest, summarySystemPrompt } from "@cloison/sessions";
import type { ContextOverflow } from "../broker/model-call.ts";
import { EmptyAnswerError, ModelCallError } from "../errors/model-errors.ts";
import { flushMemory } from "./flush-memory.ts";
import { textOf } from "./messages.ts";
import type { Conversation, Turn } from "./take-turn.ts";
import { turnAccounts } from "./turn-accounts.ts";

/**
 * Makes a conversation shorter that is too long for the model, by the same way to the same models.
 *
 * @returns false when it cannot be made shorter
 * @throws what a hook of the turn throws; the signal's reason; TranscriptWriteError, SessionLockLostError
 */
export async function makeRoom(
  conversation: Conversation,
  turn: Turn,
  { windowTokens, signal }: Pick<ContextOverflow, "windowTokens" | "signal">,
): Promise<boolean> {
  const { session, emit } = conversation;
  const shown = Math.min(estimateTokens(session.messages), windowTokens ?? Number.POSITIVE_INFINITY) / 2;
  const summarise = async (request: SummaryRequest) => {
    await flushMemory(conversation, { ...turn, signal }, shown);
    return askForSummary(conversation, { ...turn, signal }, request);
  };
  const outcome = await compactSession({
    session,
    windowTokens,
    signal,
    summarise,
    estimate: estimateTokens,
  });
  if (outcome === undefined) return false;
  emit({ type: "compaction", turn: turn.number, ...outcome });
  return true;
}

async function askForSummary(
  conversation: Conversation,
  turn: Turn,
  request: SummaryRequest,
): Promise<string | undefined> {
  const message = () => ({ role: "user" as const, content: request.prompt(), timestamp: Date.now() });
  try {
    const answer = await conversation.line.call({
      ...turnAccounts(conversation, turn),
      context: () => ({ systemPrompt: summarySystemPrompt, messages: [message()] }),
      onText: () => undefined,
      onThinking: () => undefined,
      onDiscard: () => undefined,
      onOverflow: async () => request.shorten(),
    });
    return textOf(answer.message);
  } catch (error) {
    // Its attempts are among the turn's. Whoever asked for room can still try a larger model.
    if (error instanceof ModelCallError || error instanceof EmptyAnswerError) return undefined;
    throw error;
  }
}
