import { type ContextGuardOptions, estimateRequestTokens, guardContext } from "@cloison/fallback";
import type { Context, Message } from "@earendil-works/pi-ai";
import type { ContextOptions } from "../options/context-options.ts";
import { FailedAttempt } from "./failed-attempt.ts";
import type { LittleRoom } from "./model-call.ts";

/** An estimate is at most 2.6 times too much; what a provider has counted is not far below that. */
const LEAST_SHARE = 1 / 3;

/**
 * Tokens of a request, estimated. What the provider has counted for the last answer takes the place of the
 * estimate where it is less. More is told by an answer whose conversation was longer then than now.
 */
export function requestTokensOf({ systemPrompt: system, messages, tools }: Context): number {
  const estimate = estimateRequestTokens({ system, messages, tools });
  const last = messages.findLastIndex((message) => totalTokensOf(message) > 0);
  const answer = messages[last];
  if (answer === undefined) return estimate;
  const lastUsage = { totalTokens: totalTokensOf(answer), messages: last + 1 };
  const counted = estimateRequestTokens({ messages, lastUsage });
  return counted < estimate && counted > estimate * LEAST_SHARE ? counted : estimate;
}

/** A transcript that another program wrote may tell no usage. */
function totalTokensOf(message: Message): number {
  const tokens: unknown = message.role === "assistant" ? message.usage?.totalTokens : 0;
  return Number.isSafeInteger(tokens) ? Number(tokens) : 0;
}

/** How large a request is, and whether there is little room left for the answer. */
interface Room {
  readonly requestTokens: number;
  readonly warning: Omit<LittleRoom, "provider" | "model"> | undefined;
}

/**
 * Estimates a request against a model's window, before the model is asked.
 *
 * @param windowTokens undefined: nothing is known, and the provider will tell
 * @throws FailedAttempt when the window is too small, as if the provider had said so
 */
export function checkRoom(context: Context, windowTokens: number | undefined, limits: ContextOptions): Room {
  const requestTokens = requestTokensOf(context);
  if (windowTokens === undefined) return { requestTokens, warning: undefined };
  const { level, ...warning } = guardContext(
    { windowTokens, requestTokens },
    thresholds(windowTokens, limits),
  );
  if (level === "ok") return { requestTokens, warning: undefined };
  if (level === "warn") return { requestTokens, warning };
  throw new FailedAttempt({
    words:
      `the request has some ${requestTokens} tokens, which leaves ${warning.roomTokens} of the model's ` +
      `${windowTokens} for the answer; it was not sent`,
    classification: {
      reason: "context_overflow",
      retryable: false,
      scope: "request",
      confidence: 1,
      matched: "platform/context-guard",
    },
  });
}

const WARN_TOKENS = 32_000;
const BLOCK_TOKENS = 16_000;

/** The usual thresholds would leave next to nothing of a small window: there it is a quarter, and an eighth. */
function thresholds(windowTokens: number, limits: ContextOptions): ContextGuardOptions {
  const { warnTokens, blockTokens } = limits;
  const block = blockTokens ?? Math.min(BLOCK_TOKENS, windowTokens / 8, warnTokens ?? BLOCK_TOKENS);
  return {
    blockTokens: block,
    warnTokens: warnTokens ?? Math.max(block, Math.min(WARN_TOKENS, windowTokens / 4)),
  };
}
