import type { AssistantMessage, Message, ToolCall } from "@earendil-works/pi-ai";

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
