import { asList, isRecord } from "../fields.ts";
import type { ConversationProblem } from "../protocol.ts";

/** A content block; string content is read as one text block. */
export type AnthropicBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: unknown }
  | {
      readonly type: "tool_result";
      readonly id: string;
      readonly content: unknown;
      readonly isError: boolean;
    }
  | { readonly type: "other" };

export interface AnthropicMessage {
  readonly role: "user" | "assistant" | "system";
  readonly blocks: readonly AnthropicBlock[];
}

/** The messages that could be read, and the first that could not. */
export interface AnthropicMessages {
  readonly messages: readonly AnthropicMessage[];
  readonly problem: ConversationProblem | undefined;
}

/** A problem in Anthropic's form, which has neither param nor code. */
export function anthropicProblem(message: string): ConversationProblem {
  return { message, param: null, code: null };
}

/** Reads `messages` of a messages body. Error texts are those of api.anthropic.com. */
export function readMessages(raw: unknown): AnthropicMessages {
  const list = isRecord(raw) ? raw.messages : undefined;
  const none = (text: string) => ({ messages: [], problem: anthropicProblem(text) });
  if (list === undefined) return none("messages: Field required");
  if (!Array.isArray(list)) return none("messages: Input should be a valid list");
  if (list.length === 0) return none("messages: at least one message is required");
  const messages: AnthropicMessage[] = [];
  for (const [index, entry] of asList(list).entries()) {
    const message = readMessage(entry, index);
    if (typeof message === "string") return { messages, problem: anthropicProblem(message) };
    messages.push(message);
  }
  return { messages, problem: undefined };
}

/** The message, or what is wrong with it. */
function readMessage(entry: unknown, index: number): AnthropicMessage | string {
  if (!isRecord(entry)) return `messages.${index}: Input should be a valid dictionary`;
  const { role, content } = entry;
  if (role === undefined) return `messages.${index}.role: Field required`;
  if (role !== "user" && role !== "assistant" && role !== "system") {
    return `messages: Unexpected role "${String(role)}". Allowed roles are "user" or "assistant".`;
  }
  if (content === undefined) return `messages.${index}.content: Field required`;
  if (typeof content !== "string" && !Array.isArray(content)) {
    return `messages.${index}.content: Input should be a valid list`;
  }
  // A system message between turns may carry settings only, and then has no content.
  if (content.length === 0 && role !== "system")
    return `messages.${index}: all messages must have non-empty content`;
  const blocks: AnthropicBlock[] = [];
  const parts = typeof content === "string" ? [{ type: "text", text: content }] : asList(content);
  for (const [position, part] of parts.entries()) {
    const block = readBlock(part, role, `messages.${index}.content.${position}`);
    if (typeof block === "string") return block;
    blocks.push(block);
  }
  return { role, blocks };
}

/** The block, or what is wrong with it. */
function readBlock(part: unknown, role: string, at: string): AnthropicBlock | string {
  if (!isRecord(part)) return `${at}: Input should be a valid dictionary`;
  if (typeof part.type !== "string") return `${at}.type: Field required`;
  if (part.type === "text") return readText(part.text, at);
  if (part.type === "tool_use") {
    return role === "assistant"
      ? readToolUse(part, at)
      : `${at}: \`tool_use\` blocks can only be in \`assistant\` messages`;
  }
  if (part.type === "tool_result") {
    return role === "user"
      ? readToolResult(part, at)
      : `${at}: \`tool_result\` blocks can only be in \`user\` messages`;
  }
  return { type: "other" };
}

function readText(text: unknown, at: string): AnthropicBlock | string {
  if (typeof text !== "string") return `${at}.text.text: Field required`;
  if (text === "") return "messages: text content blocks must be non-empty";
  if (text.trim() === "") return "messages: text content blocks must contain non-whitespace text";
  return { type: "text", text };
}

function readToolUse(part: Record<string, unknown>, at: string): AnthropicBlock | string {
  const { id, name, input } = part;
  if (typeof id !== "string") return `${at}.tool_use.id: Field required`;
  if (!/^[a-zA-Z0-9_-]+$/.test(id))
    return `${at}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`;
  if (typeof name !== "string") return `${at}.tool_use.name: Field required`;
  if (!isRecord(input)) return `${at}.tool_use.input: Input should be a valid dictionary`;
  return { type: "tool_use", id, name, input };
}

function readToolResult(part: Record<string, unknown>, at: string): AnthropicBlock | string {
  if (typeof part.tool_use_id !== "string") return `${at}.tool_result.tool_use_id: Field required`;
  return {
    type: "tool_result",
    id: part.tool_use_id,
    content: part.content,
    isError: part.is_error === true,
  };
}
