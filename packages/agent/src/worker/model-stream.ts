import type { StreamFn } from "@earendil-works/pi-agent-core";
import {
  type AssistantMessage,
  type AssistantMessageEventStream,
  createAssistantMessageEventStream,
  type Model,
} from "@earendil-works/pi-ai";
import type { ParsedTurn } from "./parse-host.ts";

/** Fills pi's field for the model. Which model answers is the host's business; nothing here looks at it. */
export const hostModel: Model<"host"> = {
  id: "host",
  name: "host",
  api: "host",
  provider: "host",
  baseUrl: "",
  reasoning: false,
  input: ["text"],
  cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
  contextWindow: 0,
  maxTokens: 0,
};

type Ending = Pick<AssistantMessage, "stopReason" | "content" | "errorMessage">;

function message(ending: Ending): AssistantMessage {
  return {
    role: "assistant",
    api: "host",
    provider: "host",
    model: "host",
    usage: {
      input: 0,
      output: 0,
      cacheRead: 0,
      cacheWrite: 0,
      totalTokens: 0,
      cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 },
    },
    timestamp: Date.now(),
    ...ending,
  };
}

function finished({ toolCalls, stopReason }: ParsedTurn): AssistantMessageEventStream {
  const stream = createAssistantMessageEventStream();
  const content = toolCalls.map((call) => ({ type: "toolCall" as const, ...call }));
  stream.push({ type: "done", reason: stopReason, message: message({ stopReason, content }) });
  return stream;
}

function failed(error: unknown, aborted: boolean): AssistantMessageEventStream {
  const stream = createAssistantMessageEventStream();
  const reason = aborted ? "aborted" : "error";
  const errorMessage = error instanceof Error ? error.message : String(error);
  stream.push({ type: "error", reason, error: message({ stopReason: reason, content: [], errorMessage }) });
  return stream;
}

/**
 * pi's stream function, with the host as the model. It never throws, as pi demands: a failure is a stream
 * that ends with an error.
 */
export function createModelStream(ask: (signal: AbortSignal | undefined) => Promise<ParsedTurn>): StreamFn {
  return async (_model, _context, options) => {
    const signal = options?.signal;
    try {
      signal?.throwIfAborted();
      return finished(await ask(signal));
    } catch (error) {
      return failed(error, signal?.aborted ?? false);
    }
  };
}
