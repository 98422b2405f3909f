import { readOptions } from "../read-options.ts";
import type { ContextGuardOptions, ContextRequest, ContextVerdict } from "./types.ts";

const WARN_TOKENS = 32_000;
const BLOCK_TOKENS = 16_000;

const size = { least: 0, most: Number.MAX_SAFE_INTEGER };

/**
 * Says before a call whether the answer will have room in the model's window. It blocks nothing itself.
 *
 * @throws FallbackOptionsError; also where `warnTokens` is less than `blockTokens`
 */
export function guardContext(request: ContextRequest, options: ContextGuardOptions = {}): ContextVerdict {
  const asked = readOptions("guardContext", request, ["windowTokens", "requestTokens"]);
  const windowTokens = asked.number("windowTokens", { ...size, least: 1 });
  const requestTokens = asked.number("requestTokens", size);
  const { warnTokens, blockTokens } = readThresholds(options);
  const roomTokens = windowTokens - requestTokens;
  const level = roomTokens < blockTokens ? "block" : roomTokens < warnTokens ? "warn" : "ok";
  return { level, roomTokens, windowTokens, requestTokens };
}

function readThresholds(options: ContextGuardOptions): { warnTokens: number; blockTokens: number } {
  const reader = readOptions("guardContext", options, ["warnTokens", "blockTokens"]);
  // Who gives one of the two need not know the other's default.
  const least = Math.min(options.warnTokens ?? BLOCK_TOKENS, BLOCK_TOKENS);
  const blockTokens = reader.number("blockTokens", { ...size, fallback: least });
  const warnTokens = reader.number("warnTokens", { ...size, fallback: Math.max(WARN_TOKENS, blockTokens) });
  if (warnTokens >= blockTokens) return { warnTokens, blockTokens };
  throw reader.refuse("warnTokens", "warnTokens must not be less than blockTokens");
}
