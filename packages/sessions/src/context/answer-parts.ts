import type { AssistantMessage, Message, ToolCall, ToolResultMessage, UserMessage } from "../messages.ts";

const UNFINISHED =
  "The run ended before this tool call had a result. It may have been carried out wholly, in part, or not at all.";

/** Says to the model of a tool call that nobody knows what came of it. */
export function unfinishedResult({ id, name }: ToolCall, timestamp: number): ToolResultMessage {
  const content = [{ type: "text" as const, text: UNFINISHED }];
  return { role: "toolResult", toolCallId: id, toolName: name, content, isError: true, timestamp };
}

/** An answer that did not come to its end. */
export function isPartial({ stopReason }: AssistantMessage): boolean {
  return stopReason !== "stop" && stopReason !== "toolUse" && stopReason !== "length";
}

/** The tool calls of an answer. */
export function callsIn(message: AssistantMessage): ToolCall[] {
  return message.content.filter((block) => block.type === "toolCall");
}

/**
 * An answer as providers take it: without blank texts, and without calls that are not to be shown. Of one that
 * did not come to its end only words and calls are left, as if it had; clients leave it out otherwise, and with
 * it what the results in it answer.
 *
 * @param isShown whether to show a call
 * @returns undefined when nothing is left
 */
export function shownAnswer(
  message: AssistantMessage,
  isShown: (call: ToolCall) => boolean,
): AssistantMessage | undefined {
  const partial = isPartial(message);
  const content = message.content.filter((block) => {
    if (block.type === "text") return block.text.trim() !== "";
    return block.type === "toolCall" ? isShown(block) : !partial;
  });
  const calls = content.some((block) => block.type === "toolCall");
  if (!calls && !content.some((block) => block.type === "text")) return undefined;
  if (partial) return { ...message, content, stopReason: calls ? "toolUse" : "stop" };
  return content.length === message.content.length ? message : { ...message, content };
}

const NOTHING = "(an empty message)";

/** A message of the user as providers take it: never blank. */
export function shownWords(message: UserMessage): UserMessage {
  const { content } = message;
  if (typeof content === "string") return content.trim() === "" ? { ...message, content: NOTHING } : message;
  const left = content.filter((block) => block.type !== "text" || block.text.trim() !== "");
  if (left.length === content.length && left.length > 0) return message;
  return { ...message, content: left.length === 0 ? NOTHING : left };
}

/** Stands where a conversation would begin with the model's words, which no provider takes. */
export function missingBeginning(timestamp: number): Message {
  return { role: "user", content: "(The beginning of the conversation is missing.)", timestamp };
}
