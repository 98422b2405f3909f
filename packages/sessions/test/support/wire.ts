import type { ProtocolName } from "@cloison/testing";
import {
  type Api,
  createModels,
  createProvider,
  type Model,
  type AssistantMessage as PiAnswer,
} from "@earendil-works/pi-ai";
import { anthropicMessagesApi } from "@earendil-works/pi-ai/api/anthropic-messages.lazy";
import { openAICompletionsApi } from "@earendil-works/pi-ai/api/openai-completions.lazy";
import type { Message } from "../../src/messages.ts";

/** A conversation in the form in which a provider takes it, word for word: nothing is put right on the way. */
export function wireForm(protocol: ProtocolName, messages: readonly Message[]): unknown {
  return { messages: protocol === "openai" ? messages.map(openAi) : anthropic(messages) };
}

function openAi(message: Message) {
  if (message.role === "toolResult")
    return { role: "tool", tool_call_id: message.toolCallId, content: textOf(message) };
  if (message.role !== "assistant") return { role: message.role, content: textOf(message) };
  const calls = message.content.flatMap((block) =>
    block.type === "toolCall"
      ? [{ id: block.id, type: "function", function: { name: block.name, arguments: "{}" } }]
      : [],
  );
  return {
    role: "assistant",
    content: textOf(message) || null,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
}

function anthropic(messages: readonly Message[]) {
  const wire: { role: string; content: unknown[] }[] = [];
  let results: unknown[] | undefined;
  for (const message of messages) {
    if (message.role === "toolResult") {
      if (results === undefined) {
        results = [];
        wire.push({ role: "user", content: results });
      }
      results.push({ type: "tool_result", tool_use_id: message.toolCallId, content: textOf(message) });
      continue;
    }
    results = undefined;
    const { content } = message;
    const blocks = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
    wire.push({ role: message.role, content: blocks.flatMap(anthropicBlock) });
  }
  return wire;
}

function anthropicBlock(block: Exclude<Message["content"], string>[number]): unknown[] {
  if (block.type === "toolCall")
    return [{ type: "tool_use", id: block.id, name: block.name, input: block.arguments }];
  return block.type === "text" ? [block] : [];
}

function textOf({ content }: Message): string {
  if (typeof content === "string") return content;
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

const apis = {
  openai: { name: "openai-completions", create: openAICompletionsApi },
  anthropic: { name: "anthropic-messages", create: anthropicMessagesApi },
};

/** pi's own client of a model server. */
export function piClient(
  protocol: ProtocolName,
  baseUrl: string,
): (messages: readonly Message[]) => Promise<PiAnswer> {
  const model: Model<Api> = {
    id: "scripted-model",
    name: "Scripted model",
    api: apis[protocol].name,
    provider: "scripted",
    baseUrl,
    reasoning: false,
    input: ["text"],
    cost: { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 },
    contextWindow: 200_000,
    maxTokens: 4096,
  };
  const models = createModels();
  const auth = { apiKey: { name: "key", resolve: async () => ({ auth: {} }) } };
  models.setProvider(
    createProvider({ id: model.provider, baseUrl, auth, models: [model], api: apis[protocol].create() }),
  );
  return (messages) => models.complete(model, { messages: [...messages] }, { apiKey: "test-key" });
}
