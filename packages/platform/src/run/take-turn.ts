import type { Message, Session } from "@cloison/sessions";
import type { ModelLine } from "../broker/broker.ts";
import type { ModelAnswer, ModelContext, OfferedTool } from "../broker/model-call.ts";
import type { SessionMemory } from "../options/memory-option.ts";
import { makeRoom } from "./make-room.ts";
import type { RoomAhead } from "./room-ahead.ts";
import type { RunListener } from "./run-events.ts";
import type { Tally } from "./tally.ts";
import { turnAccounts } from "./turn-accounts.ts";
import type { TurnHooks } from "./turn-hooks.ts";

/** Who talks with whom in a run. */
export interface Conversation {
  readonly line: ModelLine;
  readonly session: Session;
  readonly systemPrompt: string;
  /** What the model may call. */
  readonly tools: readonly OfferedTool[];
  readonly emit: RunListener;
  readonly hooks: TurnHooks;
  readonly tally: Tally;
  readonly userId: string;
  /** Keeps the conversation within the model's window. */
  readonly room: RoomAhead;
  readonly memory: SessionMemory | undefined;
}

/** What the model is asked now. */
export function contextOf({ systemPrompt, session, tools }: Conversation): ModelContext {
  return { systemPrompt, messages: [...session.messages], tools: [...tools] };
}

/** One turn of the model. */
export interface Turn {
  /** Counts from 1 in a run. */
  readonly number: number;
  /** What the conversation has got since the last answer. */
  readonly added: readonly Message[];
  readonly signal: AbortSignal;
  /** Called when that is stored. */
  readonly onStored?: (() => void) | undefined;
}

/**
 * Adds to the conversation, asks the model, adds its answer. The call does not wait for the disk, but
 * nobody gets the answer before all that led to it, and it itself, are stored.
 */
export async function takeTurn(conversation: Conversation, turn: Turn): Promise<ModelAnswer> {
  const { line, session, emit, hooks, room } = conversation;
  const stored = session.appendMessages(turn.added);
  stored.then(turn.onStored, () => undefined);
  // Where nothing is to be done the call is begun at once.
  if (line.window() !== undefined) await room.make(conversation, turn);
  emit({ type: "model_call", turn: turn.number, provider: line.provider, model: line.model });
  const answer = await line.call({
    ...turnAccounts(conversation, turn),
    context: () => contextOf(conversation),
    onText: (text) => emit({ type: "text_delta", text }),
    onThinking: (text) => emit({ type: "thinking_delta", text }),
    onDiscard: () => emit({ type: "answer_discarded", turn: turn.number }),
    onOverflow: (overflow) => makeRoom(conversation, turn, overflow),
    onLittleRoom: (room) => emit({ type: "context_warning", turn: turn.number, ...room }),
  });
  await stored;
  const { message, provider, model } = answer;
  await Promise.all([
    session.appendMessages([message], { provider, modelId: model }),
    hooks.onAnswer(answer, turn),
  ]);
  return answer;
}
