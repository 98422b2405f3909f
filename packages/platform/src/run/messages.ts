import type { AssistantTurn, ToolResult } from "@cloison/agent";
import type { AssistantMessage, ToolResultMessage } from "@earendil-works/pi-ai";

type Block = AssistantMessage["content"][number];

/** What the worker is told of an answer: its blocks without what providers hang on them. */
export function assistantTurn(message: AssistantMessage): AssistantTurn {
  return { content: message.content.map(plainBlock), stopReason: stopReasonOf(message) };
}

function plainBlock(block: Block): AssistantTurn["content"][number] {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text };
    case "thinking":
      return { type: "thinking", thinking: block.thinking };
    case "toolCall":
      return { type: "toolCall", id: block.id, name: block.name, arguments: block.arguments };
  }
}

/** Text of an answer, its blocks joined by blank lines. */
export function textOf(message: AssistantMessage | undefined): string {
  const texts = message?.content.flatMap((block) =>
    block.type === "text" && block.text !== "" ? block.text : [],
  );
  return (texts ?? []).join("\n\n");
}

/** What the worker's tool result becomes in the conversation. */
export function toolResultMessage(result: ToolResult): ToolResultMessage {
  return {
    role: "toolResult",
    toolCallId: result.toolCallId,
    toolName: result.toolName,
    content: result.content.map(({ text }) => ({ type: "text", text })),
    isError: result.isError,
    timestamp: Date.now(),
  };
}

function stopReasonOf({ stopReason, content }: AssistantMessage): AssistantTurn["stopReason"] {
  if (stopReason === "length") return "length";
  return content.some((block) => block.type === "toolCall") ? "toolUse" : "stop";
}
