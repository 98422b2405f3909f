import type { Message } from "../messages.ts";

/** Estimates how many tokens a text, a message or a list of messages is; a whole number of at least 0. */
export type TokenEstimate = (value: string | Message | readonly Message[]) => number;

/** About what English text comes to in the tokenizers of OpenAI and Anthropic (both name it in their docs). */
const CHARS_PER_TOKEN = 4;

/** Anthropic's most for one image (docs, "Vision"). */
const IMAGE_TOKENS = 1600;

/**
 * A rough estimate by length, where the caller gives no better one (such as `estimateTokens` of
 * `@cloison/fallback`). Text that is not English has more tokens than it says.
 */
export const roughTokens: TokenEstimate = (value) => {
  if (typeof value === "string") return Math.ceil(value.length / CHARS_PER_TOKEN);
  const messages: readonly Message[] = "role" in value ? [value] : value;
  let chars = 0;
  let images = 0;
  for (const { content } of messages) {
    if (typeof content === "string") chars += content.length;
    else
      for (const block of content) {
        if (block.type === "image") images += 1;
        else chars += JSON.stringify(block).length;
      }
  }
  return Math.ceil(chars / CHARS_PER_TOKEN) + images * IMAGE_TOKENS;
};
