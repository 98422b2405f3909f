import { builtinTools } from "@cloison/agent";
import type { AssistantMessage, Message, Tool } from "@earendil-works/pi-ai";
import type { ModelLine } from "../broker/broker.ts";
import type { Session } from "../session/session.ts";
import type { RunListener } from "./run-events.ts";
import { usageOf } from "./usage.ts";

/** Who talks with whom in a run. */
export interface Conversation {
  readonly line: ModelLine;
  readonly session: Session;
  readonly systemPrompt: string;
  readonly emit: RunListener;
}

/** One call of the model. */
export interface Turn {
  /** Counts from 1 in a run. */
  readonly number: number;
  /** What the conversation has got since the last answer. */
  readonly added: readonly Message[];
  readonly signal: AbortSignal;
}

/**
 * Adds to the conversation, asks the model, adds its answer. The call does not wait for the disk, but
 * nobody gets the answer before all that led to it, and it itself, are stored.
 */
export async function takeTurn(conversation: Conversation, turn: Turn): Promise<AssistantMessage> {
  const { line, session, systemPrompt, emit } = conversation;
  const { provider, model } = line;
  const stored = session.append(turn.added, { provider, modelId: model });
  stored.catch(() => undefined);
  emit({ type: "model_call", turn: turn.number, provider, model });
  const answer = await line.call({
    context: { systemPrompt, messages: [...session.messages], tools: offeredTools() },
    sessionId: session.id,
    signal: turn.signal,
    onText: (text) => emit({ type: "text_delta", text }),
    onThinking: (text) => emit({ type: "thinking_delta", text }),
  });
  await stored;
  await session.append([answer]);
  emit({ type: "usage", turn: turn.number, usage: usageOf(answer.usage) });
  return answer;
}

function offeredTools(): Tool[] {
  return builtinTools.map(({ name, description, parameters }) => ({ name, description, parameters }));
}
