import { jsonOrText } from "../json-or-text.ts";
import type { ConversationProblem } from "../protocol.ts";
import type { ModelMessage, ModelToolCall, ModelToolResult } from "../request.ts";
import { type OpenAiMessage, readMessages } from "./messages.ts";

/**
 * The rules of chat completions on tool messages: each answers a call of the assistant message before it,
 * and every call is answered before anything else is said. Error texts are those of api.openai.com.
 */
export function checkOpenAiConversation(raw: unknown): ConversationProblem | undefined {
  const { messages, problem } = readMessages(raw);
  return problem ?? orderProblem(messages);
}

export function orderProblem(messages: readonly OpenAiMessage[]): ConversationProblem | undefined {
  let called = new Set<string>();
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message.role === "tool") {
      if (called.size === 0) return orphanResult(index);
      if (!called.has(message.toolCallId)) return unknownCall(index, message.toolCallId);
      open.delete(message.toolCallId);
      continue;
    }
    if (open.size > 0) return unanswered(index, open);
    called = new Set(message.toolCalls.map((call) => call.id));
    open = new Set(called);
  }
  return open.size > 0 ? unanswered(messages.length - 1, open) : undefined;
}

function orphanResult(index: number): ConversationProblem {
  return {
    message:
      "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
    param: `messages.[${index}].role`,
    code: null,
  };
}

function unknownCall(index: number, id: string): ConversationProblem {
  return {
    message: `Invalid parameter: 'tool_call_id' of '${id}' not found in 'tool_calls' of previous message.`,
    param: `messages.[${index}].tool_call_id`,
    code: null,
  };
}

function unanswered(index: number, ids: ReadonlySet<string>): ConversationProblem {
  return {
    message: `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...ids].join(", ")}`,
    param: `messages.[${index}].role`,
    code: null,
  };
}

/** Tells wire messages neutrally: leading system messages apart, tool messages in a row as one. */
export function neutralConversation(wire: readonly OpenAiMessage[]): {
  system: string;
  messages: ModelMessage[];
} {
  const isSystem = (message: OpenAiMessage) => message.role === "system" || message.role === "developer";
  const firstOther = wire.findIndex((message) => !isSystem(message));
  const start = firstOther === -1 ? wire.length : firstOther;
  const system = wire.slice(0, start).map((message) => message.text);
  const names = new Map<string, string>();
  const messages: ModelMessage[] = [];
  let results: ModelToolResult[] = [];
  for (const message of wire.slice(start)) {
    if (message.role === "tool") {
      if (results.length === 0)
        messages.push({ role: "tool", text: "", toolCalls: [], toolResults: results });
      const { toolCallId, text } = message;
      results.push({ toolCallId, toolName: names.get(toolCallId) ?? "", text, isError: false });
      continue;
    }
    results = [];
    const toolCalls = message.toolCalls.map(neutralCall);
    for (const call of toolCalls) names.set(call.id, call.name);
    messages.push({ role: neutralRole(message.role), text: message.text, toolCalls, toolResults: [] });
  }
  return { system: system.join("\n"), messages };
}

function neutralRole(role: string): ModelMessage["role"] {
  if (role === "assistant") return "assistant";
  return role === "system" || role === "developer" ? "system" : "user";
}

function neutralCall(call: OpenAiMessage["toolCalls"][number]): ModelToolCall {
  return { id: call.id, name: call.name, arguments: jsonOrText(call.arguments) };
}
