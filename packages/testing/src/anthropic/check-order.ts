import type { ConversationProblem } from "../protocol.ts";
import { type AnthropicBlock, type AnthropicMessage, anthropicProblem, readMessages } from "./messages.ts";

/**
 * The rules of the messages API on the order of things, with the error texts of api.anthropic.com. Where
 * models and compatible endpoints differ, this is the stricter side: all results of a turn in one message,
 * before any text, and no conversation that ends with the assistant.
 */
export function checkAnthropicConversation(raw: unknown): ConversationProblem | undefined {
  const { messages, problem } = readMessages(raw);
  return problem ?? orderProblem(messages);
}

export function orderProblem(messages: readonly AnthropicMessage[]): ConversationProblem | undefined {
  const text = firstRoleProblem(messages[0]) ?? toolProblem(messages) ?? lastRoleProblem(messages.at(-1));
  return text === undefined ? undefined : anthropicProblem(text);
}

function firstRoleProblem(first: AnthropicMessage | undefined): string | undefined {
  if (first?.role === "assistant") return 'messages: first message must use the "user" role';
  if (first?.role !== "system") return undefined;
  return 'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.';
}

function lastRoleProblem(last: AnthropicMessage | undefined): string | undefined {
  if (last?.role !== "assistant") return undefined;
  return "This model does not support assistant message prefill. The conversation must end with a user message.";
}

function toolProblem(messages: readonly AnthropicMessage[]): string | undefined {
  const seen = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const called = idsOf(message.blocks, "tool_use");
    const twice = called.findIndex((id, position) => seen.has(id) || called.indexOf(id) !== position);
    if (twice !== -1) return `messages.${index}: \`tool_use\` ids must be unique`;
    for (const id of called) seen.add(id);
    const problem =
      resultProblem(message.blocks, idsOf(messages[index - 1]?.blocks ?? [], "tool_use"), index) ??
      unansweredProblem(called, messages[index + 1], index);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Each result answers a call of the message just before, once. */
function resultProblem(
  blocks: readonly AnthropicBlock[],
  called: readonly string[],
  index: number,
): string | undefined {
  const answered = new Set<string>();
  for (const [position, block] of blocks.entries()) {
    if (block.type !== "tool_result") continue;
    const at = `messages.${index}.content.${position}`;
    if (!called.includes(block.id)) {
      return `${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${block.id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
    }
    if (answered.has(block.id)) {
      return `${at}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${block.id}`;
    }
    answered.add(block.id);
  }
  return undefined;
}

/** Every call is answered at the very start of the next message. */
function unansweredProblem(
  called: readonly string[],
  next: AnthropicMessage | undefined,
  index: number,
): string | undefined {
  const blocks = next?.blocks ?? [];
  const firstOther = blocks.findIndex((block) => block.type !== "tool_result");
  const answered = idsOf(firstOther === -1 ? blocks : blocks.slice(0, firstOther), "tool_result");
  const open = called.filter((id) => !answered.includes(id));
  if (open.length === 0) return undefined;
  return `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
}

function idsOf(blocks: readonly AnthropicBlock[], type: "tool_use" | "tool_result"): string[] {
  return blocks.flatMap((block) => (block.type === type && "id" in block ? [block.id] : []));
}
