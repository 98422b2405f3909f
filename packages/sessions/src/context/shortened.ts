import type { Message } from "../messages.ts";

/** Of a text that is too long the beginning says what it is, and the end what came of it. */
const HEAD_SHARE = 0.6;

/**
 * Head and tail of a text, with a line between them that says how much is left out.
 *
 * @param maxChars how many characters (UTF-16 units) of the text to keep
 * @returns the text itself where that would not make it shorter
 */
export function headAndTail(text: string, maxChars: number): string {
  const head = Math.ceil(maxChars * HEAD_SHARE);
  const tail = maxChars - head;
  const gap = `\n[… ${text.length - maxChars} characters left out …]\n`;
  if (text.length <= maxChars + gap.length) return text;
  // A cut in the middle of a surrogate pair leaves half of it, which no provider takes.
  return `${text.slice(0, head)}${gap}${text.slice(text.length - tail)}`.toWellFormed();
}

/** The message with each text of a tool result cut to head and tail; any other message as it is. */
export function withShortResults(message: Message, maxChars: number): Message {
  if (message.role !== "toolResult" || maxChars === Number.POSITIVE_INFINITY) return message;
  const content = message.content.map((block) =>
    block.type === "text" ? { ...block, text: headAndTail(block.text, maxChars) } : block,
  );
  return { ...message, content };
}
