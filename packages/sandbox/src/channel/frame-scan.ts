import type { Buffer } from "node:buffer";
import { ChannelFrameTooComplexError } from "./errors.ts";
import type { ChannelLimits } from "./options.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** A string longer than this is worth the call of a native search; a shorter one is read byte by byte. */
const SHORT_STRING = 64;

/**
 * The index of the quote that ends the string whose first character is at `start`, or past the end of the
 * frame. Most bytes of a large frame are in long strings, so it matters; the native search is used at most
 * once in SHORT_STRING bytes, so no choice of quotes and backslashes makes this slower than linear.
 */
function endOfString(frame: Buffer, start: number): number {
  let index = start;
  while (index < frame.length) {
    for (const pause = index + SHORT_STRING; index < pause; ) {
      const byte = frame[index];
      if (byte === QUOTE || byte === undefined) return index;
      index += byte === BACKSLASH ? 2 : 1;
    }
    const quote = frame.indexOf(QUOTE, index);
    if (quote === -1) return frame.length;
    let first = quote;
    while (first > index && frame[first - 1] === BACKSLASH) first--;
    // An even number of backslashes escape one another and leave the quote as it is.
    if ((quote - first) % 2 === 0) return quote;
    index = quote + 1;
  }
  return index;
}

/**
 * Bounds what parsing a frame would build, from its bytes alone and without allocating. The frame need not be
 * valid JSON: of an invalid frame it counts at least what a parser sees before it stops. Returns the values.
 * Throws {@link ChannelFrameTooComplexError}.
 */
export function scanFrame(frame: Buffer, limits: ChannelLimits): number {
  let depth = 0;
  let values = 0;
  for (let index = 0; index < frame.length; index++) {
    const byte = frame[index];
    if (byte === QUOTE) {
      index = endOfString(frame, index + 1);
    } else if (byte === COMMA) {
      values++;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      values++;
      depth++;
      if (depth > limits.maxDepth) {
        throw new ChannelFrameTooComplexError(`a frame is nested deeper than ${limits.maxDepth}`);
      }
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth--;
    }
  }
  if (values > limits.maxValues) {
    throw new ChannelFrameTooComplexError(`a frame holds more than ${limits.maxValues} values`);
  }
  return values;
}
