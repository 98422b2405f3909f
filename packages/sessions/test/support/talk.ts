import type { AssistantMessage, Message, ToolCall } from "../../src/messages.ts";

/** Messages for tests of sessions, each as short as types allow. */
export function user(content: string): Message {
  return { role: "user", content, timestamp: 1 };
}

const cost = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 };

export function assistant(text: string, ...calls: ToolCall[]): AssistantMessage {
  return {
    role: "assistant",
    content: [...(text === "" ? [] : [{ type: "text" as const, text }]), ...calls],
    api: "openai-completions",
    provider: "p",
    model: "m",
    usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, totalTokens: 0, cost },
    stopReason: calls.length > 0 ? "toolUse" : "stop",
    timestamp: 1,
  };
}

export function call(id: string, args: ToolCall["arguments"] = {}): ToolCall {
  return { type: "toolCall", id, name: "bash", arguments: args };
}

export function result(id: string, text: string): Message {
  const content = [{ type: "text" as const, text }];
  return { role: "toolResult", toolCallId: id, toolName: "bash", content, isError: false, timestamp: 1 };
}

/** Text of a message, or of each of its blocks. */
export function shown({ content }: Message): string {
  if (typeof content === "string") return content;
  return content.map((block) => (block.type === "text" ? block.text : block.type)).join("|");
}
