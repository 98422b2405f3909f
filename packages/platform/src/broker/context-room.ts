import { type ContextGuardOptions, estimateRequestTokens, guardContext } from "@cloison/fallback";
import type { Context } from "@earendil-works/pi-ai";
import type { ContextOptions } from "../options/context-options.ts";
import { FailedAttempt } from "./failed-attempt.ts";
import type { LittleRoom } from "./model-call.ts";

/** Tokens of a request, estimated. */
export function requestTokensOf({ systemPrompt, messages, tools }: Context): number {
  return estimateRequestTokens({ system: systemPrompt, messages, tools });
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
