import { contentText } from "../content-text.ts";
import type { ModelMessage, ModelToolCall, ModelToolResult } from "../request.ts";
import type { AnthropicBlock, AnthropicMessage } from "./messages.ts";

/** Tells wire messages neutrally: the tool results of a user message become a message of their own. */
export function neutralMessages(wire: readonly AnthropicMessage[]): ModelMessage[] {
  const names = new Map<string, string>();
  const messages: ModelMessage[] = [];
  for (const { role, blocks } of wire) {
    const toolCalls = blocks.flatMap(neutralCall);
    for (const call of toolCalls) names.set(call.id, call.name);
    const toolResults = blocks.flatMap((block) => neutralResult(block, names));
    if (toolResults.length > 0) messages.push({ role: "tool", text: "", toolCalls: [], toolResults });
    const rest = blocks.filter((block) => block.type !== "tool_result");
    // A user message of results only says nothing else; an assistant message always counts as a turn.
    if (rest.length === 0 && toolResults.length > 0) continue;
    const text = rest.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
    // Settings that a client changes between turns come as a system message without text.
    if (role === "system" && text === "") continue;
    messages.push({ role, text, toolCalls, toolResults: [] });
  }
  return messages;
}

function neutralCall(block: AnthropicBlock): ModelToolCall[] {
  return block.type === "tool_use" ? [{ id: block.id, name: block.name, arguments: block.input }] : [];
}

function neutralResult(block: AnthropicBlock, names: ReadonlyMap<string, string>): ModelToolResult[] {
  if (block.type !== "tool_result") return [];
  return [
    {
      toolCallId: block.id,
      toolName: names.get(block.id) ?? "",
      text: contentText(block.content),
      isError: block.isError,
    },
  ];
}
