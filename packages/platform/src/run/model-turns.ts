import { type AssistantTurn, builtinTools, type ToolResult } from "@cloison/agent";
import type { AssistantMessage, Message, Tool } from "@earendil-works/pi-ai";
import type { ModelLine } from "../broker/broker.ts";
import type { Session } from "../session/session.ts";
import { assistantTurn, textOf, toolResultMessage } from "./messages.ts";
import type { RunListener } from "./run-events.ts";
import { addUsage, noUsage, type RunUsage, usageOf } from "./usage.ts";

/** The conversation of one run, which the host holds: the sandbox only asks for the next turn. */
export interface ModelTurns {
  /**
   * Stores the user's message and makes the first call, which needs nothing from the sandbox, while
   * the worker in there is still starting.
   */
  begin(message: string): void;
  /** Answers the worker: stores its tool results, calls the model, stores the answer. */
  next(turn: { readonly toolResults: readonly ToolResult[]; readonly signal: AbortSignal }): Promise<AssistantTurn>;
  /** What a turn failed with, if one did. */
  failure(): unknown;
  outcome(): { response: string; stopReason: "stop" | "length"; usage: RunUsage; turns: number };
}

export interface ModelTurnsOptions {
  readonly line: ModelLine;
  readonly session: Session;
  readonly systemPrompt: string;
  readonly emit: RunListener;
  /** Ends the call that is going on. */
  readonly signal: AbortSignal;
}

export function createModelTurns(options: ModelTurnsOptions): ModelTurns {
  let turns = 0;
  let usage = noUsage;
  let last: AssistantMessage | undefined;
  let failed: { readonly error: unknown } | undefined;
  let first: Promise<AssistantMessage> | undefined;

  const take = async (added: readonly Message[], signal: AbortSignal): Promise<AssistantMessage> => {
    turns += 1;
    try {
      last = await takeTurn(options, { turn: turns, added, signal });
      usage = addUsage(usage, usageOf(last.usage));
      return last;
    } catch (error) {
      failed ??= { error };
      throw error;
    }
  };
  return {
    begin: (message) => {
      first = take([{ role: "user", content: message, timestamp: Date.now() }], options.signal);
      // It is told when the worker asks for it; a worker that never comes up never asks.
      first.catch(() => undefined);
    },
    next: async ({ toolResults, signal }) => {
      const begun = first;
      first = undefined;
      const either = AbortSignal.any([signal, options.signal]);
      return assistantTurn(await (begun ?? take(toolResults.map(toolResultMessage), either)));
    },
    failure: () => failed?.error,
    outcome: () => ({
      response: textOf(last),
      stopReason: last?.stopReason === "length" ? "length" : "stop",
      usage,
      turns,
    }),
  };
}

interface Turn {
  readonly turn: number;
  /** What the conversation has got since the last answer. */
  readonly added: readonly Message[];
  readonly signal: AbortSignal;
}

async function takeTurn(options: ModelTurnsOptions, { turn, added, signal }: Turn): Promise<AssistantMessage> {
  const { line, session, systemPrompt, emit } = options;
  const { provider, model } = line;
  const stored = session.append(added, { provider, modelId: model });
  stored.catch(() => undefined);
  emit({ type: "model_call", turn, provider, model });
  const answer = await line.call({
    context: { systemPrompt, messages: [...session.messages], tools: offeredTools() },
    sessionId: session.id,
    signal,
    onText: (text) => emit({ type: "text_delta", text }),
    onThinking: (text) => emit({ type: "thinking_delta", text }),
  });
  await stored;
  await session.append([answer]);
  emit({ type: "usage", turn, usage: usageOf(answer.usage) });
  return answer;
}

function offeredTools(): Tool[] {
  return builtinTools.map(({ name, description, parameters }) => ({ name, description, parameters }));
}
