import { FallbackOptionsError } from "../errors.ts";
import { readOptions } from "../read-options.ts";
import { MAX_TIMER_MS } from "./settings.ts";
import type { FallbackRunOptions } from "./types.ts";

const KNOWN = [
  "sessionId",
  "signal",
  "deadlineMs",
  "requestTokens",
  "onContextOverflow",
  "onEvent",
] satisfies (keyof FallbackRunOptions)[];

/** @throws FallbackOptionsError */
export function checkTask(task: unknown): void {
  if (typeof task !== "function") throw new FallbackOptionsError("task", "run: the task must be a function");
}

/**
 * @returns a copy: what the caller does to the object afterwards does not touch the run
 * @throws FallbackOptionsError
 */
export function readRunOptions(given: FallbackRunOptions): FallbackRunOptions {
  readOptions("run", given, KNOWN);
  const options = { ...given };
  const reader = readOptions("run", options, KNOWN);
  const { sessionId, signal, onContextOverflow, onEvent } = options;
  if (sessionId !== undefined && (typeof sessionId !== "string" || sessionId === "")) {
    throw reader.refuse("sessionId", "sessionId must be a text that is not empty");
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw reader.refuse("signal", "signal must be an AbortSignal");
  }
  for (const [name, call] of Object.entries({ onContextOverflow, onEvent })) {
    if (call !== undefined && typeof call !== "function") {
      throw reader.refuse(name, `${name} must be a function`);
    }
  }
  reader.number("deadlineMs", { least: 1, most: MAX_TIMER_MS, fallback: 1 });
  reader.number("requestTokens", { least: 0, most: Number.MAX_SAFE_INTEGER, fallback: 0 });
  return options;
}
