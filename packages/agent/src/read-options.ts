import { AgentOptionsError } from "./errors.ts";
import { channelLimits } from "./protocol.ts";

/** Longest delay of a timer of Node. */
export const maxTimerMs = 0x7fffffff;
/** Room for what goes around a payload in its frame. */
const envelopeBytes = 1024;

/** Most bytes that a prompt or a turn's tool calls may have as JSON. */
export const maxPayloadBytes = channelLimits.maxFrameBytes - envelopeBytes;

/** Refuses what the type checker cannot: options from JavaScript, or misspelled in a variable. */
export function refuseUnknown(given: object, known: readonly string[]): void {
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) {
      throw new AgentOptionsError(`unknown option "${key}": use ${known.join(", ")}`);
    }
  }
}

/** A whole number of at least 1. Throws {@link AgentOptionsError}. */
export function readCount(name: string, given: number | undefined, fallback: number): number {
  const value = given ?? fallback;
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new AgentOptionsError(`${name} must be a whole number of at least 1`);
}

/** Milliseconds that a timer takes. Throws {@link AgentOptionsError}. */
export function readMs(name: string, given: number | undefined, fallback: number): number {
  const value = given ?? fallback;
  if (value > 0 && value <= maxTimerMs) return value;
  throw new AgentOptionsError(`${name} must be milliseconds above 0, at most ${maxTimerMs}`);
}

/** A prompt that fits in a frame. Throws {@link AgentOptionsError}. */
export function readPrompt(given: string): string {
  if (typeof given !== "string") throw new AgentOptionsError("prompt must be a string");
  if (Buffer.byteLength(JSON.stringify(given)) > maxPayloadBytes) {
    throw new AgentOptionsError(
      `prompt is longer than ${maxPayloadBytes} bytes: put it into a file of the workspace`,
    );
  }
  return given;
}
