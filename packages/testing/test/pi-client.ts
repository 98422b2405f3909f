import {
  type Api,
  type AssistantMessage,
  type Context,
  createModels,
  createProvider,
  type Model,
  Type,
} from "@earendil-works/pi-ai";
import { anthropicMessagesApi } from "@earendil-works/pi-ai/api/anthropic-messages.lazy";
import { openAICompletionsApi } from "@earendil-works/pi-ai/api/openai-completions.lazy";
import type { ModelServer, ProtocolName } from "../src/index.ts";

/** The real client, pointed at a model server. */
export interface PiClient {
  readonly model: Model<Api>;
  complete(context: Context, options?: PiOptions): Promise<AssistantMessage>;
}

interface PiOptions {
  apiKey?: string;
  signal?: AbortSignal;
  maxRetries?: number;
}

const apis = {
  openai: { name: "openai-completions", create: openAICompletionsApi },
  anthropic: { name: "anthropic-messages", create: anthropicMessagesApi },
};

/** A client with a provider of its own, as an application sets one up for a compatible endpoint. */
export function piClient(server: ModelServer, protocol: ProtocolName, extra?: Partial<Model<Api>>): PiClient {
  const api = apis[protocol];
  const model: Model<Api> = {
    id: "scripted-model",
    name: "Scripted model",
    api: api.name,
    provider: "scripted",
    baseUrl: server.baseUrls[protocol],
    reasoning: false,
    input: ["text"],
    cost: { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 },
    contextWindow: 200_000,
    maxTokens: 4096,
    ...extra,
  };
  const models = createModels();
  models.setProvider(
    createProvider({
      id: model.provider,
      baseUrl: model.baseUrl,
      auth: { apiKey: { name: "key", resolve: async () => ({ auth: {} }) } },
      models: [model],
      api: api.create(),
    }),
  );
  return {
    model,
    complete: (context, options) => models.complete(model, context, { apiKey: "test-key", ...options }),
  };
}

export function userSays(text: string): Context["messages"][number] {
  return { role: "user", content: text, timestamp: 0 };
}

export function toolSays(call: { id: string; name: string }, text: string, isError = false) {
  const content = [{ type: "text" as const, text }];
  return {
    role: "toolResult" as const,
    toolCallId: call.id,
    toolName: call.name,
    content,
    isError,
    timestamp: 0,
  };
}

export const readTool = {
  name: "read",
  description: "Reads a file",
  parameters: Type.Object({ path: Type.String() }),
};

export function textOf(message: AssistantMessage): string {
  return message.content.map((part) => (part.type === "text" ? part.text : "")).join("");
}

export function toolCallsOf(message: AssistantMessage) {
  return message.content.filter((part) => part.type === "toolCall");
}
