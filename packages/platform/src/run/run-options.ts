import { randomUUID } from "node:crypto";
import type { ModelChoice } from "../broker/model-choice.ts";
import { type Budget, optionalBudget } from "../budget/limits.ts";
import { parseSessionId } from "../ids.ts";
import { type ApiKeys, optionalApiKeys } from "../options/api-keys.ts";
import { optionalBaseUrl } from "../options/base-url.ts";
import { readOptions } from "../options/option-reader.ts";
import type { RunListener } from "./run-events.ts";

/** One message to the agent, and what is to be different from the workspace's and the platform's set-up. */
export interface RunOptions extends ModelChoice {
  /** What the user says, at most 1 MiB; anything longer belongs in a file of the workspace. */
  readonly message: string;
  /** The session to go on with. Without one a new session begins; its id is in the result. */
  readonly sessionId?: string | undefined;
  /** Keys by provider name, stronger than the platform's. */
  readonly apiKeys?: ApiKeys | undefined;
  /** Takes the place of the workspace's system prompt in this run. */
  readonly systemPrompt?: string | undefined;
  /** Aborting ends the run, its sandbox and its model call. */
  /** What this run may spend. It holds beside the workspace's budget for a run: the lesser limit counts. */
  readonly budget?: RunBudgetOption | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: RunListener | undefined;
}

/** A run has no say in what a day or a month may cost. */
export type RunBudgetOption = Pick<Budget, "run">;

/** Run options, checked. */
export interface RunRequest {
  readonly message: string;
  readonly sessionId: string;
  readonly choice: ModelChoice;
  readonly apiKeys: ReadonlyMap<string, string>;
  readonly systemPrompt: string | undefined;
  readonly budget: RunBudgetOption | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: RunListener | undefined;
}

const KNOWN = [
  "message",
  "sessionId",
  "provider",
  "model",
  "baseUrl",
  "apiKeys",
  "systemPrompt",
  "budget",
  "signal",
  "onEvent",
] as const;

const MAX_MESSAGE_BYTES = 1024 * 1024;

/** @throws InvalidOptionError, InvalidIdError */
export function parseRunOptions(input: RunOptions): RunRequest {
  const options = readOptions("run", input, KNOWN);
  const { sessionId, signal, onEvent } = input;
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw options.refuse("signal", "must be an AbortSignal");
  if (onEvent !== undefined && typeof onEvent !== "function")
    throw options.refuse("onEvent", "must be a function");
  const message = options.text("message");
  if (Buffer.byteLength(message) > MAX_MESSAGE_BYTES) {
    throw options.refuse("message", "is longer than 1 MiB; put it into a file of the workspace");
  }
  return {
    message,
    sessionId: sessionId === undefined ? randomUUID() : parseSessionId(sessionId),
    choice: {
      provider: options.optionalText("provider"),
      model: options.optionalText("model"),
      baseUrl: optionalBaseUrl(options),
    },
    apiKeys: optionalApiKeys(options),
    systemPrompt: options.optionalText("systemPrompt"),
    budget: optionalBudget(options, ["run"]),
    signal,
    onEvent,
  };
}
