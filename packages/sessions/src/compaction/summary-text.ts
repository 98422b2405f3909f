import { headAndTail } from "../context/shortened.ts";
import type { TokenEstimate } from "../context/token-estimate.ts";
import type { Message } from "../messages.ts";

/** Texts of tool results in a request for a summary, to begin with. */
const RESULT_CHARS = 2000;

/** Shorter ones say nothing any more. */
const SHORTEST_RESULT = 32;

/** A person's and the model's own words say more than what a tool printed. */
const WORDS_FACTOR = 4;

/**
 * A conversation as one text to be read, not gone on with. Thinking is left out.
 *
 * @param maxTokens how long it may become, by estimate: long texts in it are cut to heads and tails, tool
 * results first, half as long each time until it fits, and at last the whole
 */
export function conversationText(
  messages: readonly Message[],
  maxTokens: number,
  estimate: TokenEstimate,
): string {
  let limit = RESULT_CHARS;
  let text = render(messages, limit);
  while (estimate(text) > maxTokens && limit > SHORTEST_RESULT) {
    limit /= 2;
    text = render(messages, limit);
  }
  const tokens = estimate(text);
  return tokens > maxTokens ? headAndTail(text, Math.floor((text.length * maxTokens) / tokens)) : text;
}

function render(messages: readonly Message[], resultChars: number): string {
  const words = resultChars * WORDS_FACTOR;
  return messages.flatMap((message) => renderMessage(message, words, resultChars)).join("\n\n");
}

function renderMessage(message: Message, words: number, resultChars: number): string[] {
  if (message.role === "toolResult") {
    const mark = message.isError ? ", an error" : "";
    return [`[result of ${message.toolName}${mark}] ${headAndTail(textIn(message), resultChars)}`];
  }
  if (message.role !== "assistant") return [`[${message.role}] ${headAndTail(textIn(message), words)}`];
  return message.content.flatMap((block) => {
    if (block.type === "text") return [`[assistant] ${headAndTail(block.text, words)}`];
    if (block.type === "thinking") return [];
    const input = headAndTail(JSON.stringify(block.arguments), words);
    return [`[assistant calls ${block.name}] ${input}`];
  });
}

/** The texts of a message; other content is only named. */
export function textIn({ content }: Message): string {
  if (typeof content === "string") return content;
  return content.map((block) => (block.type === "text" ? block.text : `(${block.type})`)).join("\n");
}
