import { randomUUID } from "node:crypto";
import type { ImageContent } from "@cloison/sessions";
import type { ModelChoice } from "../broker/model-choice.ts";
import { type Budget, optionalBudget } from "../budget/limits.ts";
import { parseSessionId } from "../ids.ts";
import { type ApiKeys, type KeyLists, optionalApiKeys } from "../options/api-keys.ts";
import { type ContextOptions, optionalContext } from "../options/context-options.ts";
import { readModelChoice } from "../options/fallbacks.ts";
import { type ImageInput, optionalImages } from "../options/images.ts";
import { type JumpReason, optionalJumpOn } from "../options/jump-on.ts";
import { type OptionReader, readOptions } from "../options/option-reader.ts";
import { type OutputRequest, optionalOutput } from "../output/output-options.ts";
import type { CustomTool } from "../tools/custom-tool.ts";
import { readToolOptions, type ToolOptions } from "../tools/custom-tool-options.ts";
import type { ToolExecution } from "../tools/tool-batch.ts";
import type { RunListener } from "./run-events.ts";

/** One message to the agent, and what is to be different from the workspace's and the platform's set-up. */
export interface RunOptions extends ModelChoice {
  /** What the user says, at most 1 MiB; anything longer belongs in a file of the workspace. */
  readonly message: string;
  /**
   * What the user shows with it, at most 20 images and 20 MiB in all. Models that take no images are passed
   * over; with none left the run fails with ImagesNotSupportedError.
   */
  readonly images?: readonly ImageInput[] | undefined;
  /** The session to go on with. Without one a new session begins; its id is in the result. */
  readonly sessionId?: string | undefined;
  /** Milliseconds to wait while another run writes the session, 0 to 86,400,000. Default 5,000. */
  readonly busyTimeoutMs?: number | undefined;
  /** Keys by provider name, stronger than the platform's. */
  readonly apiKeys?: ApiKeys | undefined;
  /** How often one model is asked again with one key after a failure that time heals, 0 to 10. Default 2. */
  readonly maxRetries?: number | undefined;
  /** Milliseconds for one turn's model call with all its retries and fallbacks, 1 to 86,400,000. Default 300,000. */
  readonly deadlineMs?: number | undefined;
  /**
   * Milliseconds for one attempt to get a whole answer, 1 to 86,400,000; then it counts as failed by `timeout`.
   * Default: none but the deadline, so that a model that hangs is never followed by another.
   */
  readonly attemptTimeoutMs?: number | undefined;
  /** Errors of the request for which the next fallback is asked all the same; stronger than the platform's. */
  readonly jumpOn?: readonly JumpReason[] | undefined;
  /** How long the conversation may be; stronger than the platform's. */
  readonly context?: ContextOptions | undefined;
  /**
   * Milliseconds for the whole run, the wait for its session included, 1 to 86,400,000; then it ends with
   * RunTimeoutError. Default: none.
   */
  readonly timeoutMs?: number | undefined;
  /** The application's own tools, beside those of the sandbox; at most 100. They run in the application's process. */
  readonly tools?: readonly CustomTool[] | undefined;
  /** Which tool calls of one answer go on at once. Default `safe-parallel`: those that do not disturb each other. */
  readonly toolExecution?: ToolExecution | undefined;
  /**
   * Milliseconds for one tool call, 1 to 86,400,000; then its processes are killed and the model is told. Default:
   * none but each tool's own.
   */
  readonly toolTimeoutMs?: number | undefined;
  /** Most answers of the model, 1 to 10,000, default 100; then the run ends with MaxTurnsError. */
  readonly maxTurns?: number | undefined;
  /**
   * JSON Schema of what the run is to give as `result.output`: draft 2020-12, or draft-07 where `$schema` says so;
   * at most 64 KiB as JSON. The model gives it by calling the tool `submit_output`, which ends the run.
   */
  readonly schema?: Readonly<Record<string, unknown>> | undefined;
  /**
   * How often the model is told what is wrong with its output and asked again, 0 to 10; then the run ends with
   * OutputError. Default 2.
   */
  readonly outputRetries?: number | undefined;
  /** Takes the place of the workspace's system prompt in this run. */
  readonly systemPrompt?: string | undefined;
  /** Lets the agent start subagents of the roles that workspace or platform have. Default false. */
  readonly enableSubagents?: boolean | undefined;
  /** What this run may spend. It holds beside the workspace's budget for a run: the lesser limit counts. */
  readonly budget?: RunBudgetOption | undefined;
  /** Aborting ends the run, its sandbox and its model call. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: RunListener | undefined;
}

/** A run has no say in what a day or a month may cost. */
export type RunBudgetOption = Pick<Budget, "run">;

/** Run options, checked. */
export interface RunRequest extends ToolOptions {
  /** It goes on with what its session holds, and not with the message. */
  readonly resumes: boolean;
  readonly message: string;
  readonly images: readonly ImageContent[];
  readonly sessionId: string;
  readonly busyTimeoutMs: number;
  readonly choice: ModelChoice;
  readonly apiKeys: KeyLists;
  readonly maxRetries: number;
  readonly deadlineMs: number;
  readonly attemptTimeoutMs: number | undefined;
  readonly jumpOn: readonly JumpReason[] | undefined;
  readonly context: ContextOptions;
  readonly timeoutMs: number | undefined;
  readonly maxTurns: number;
  readonly output: OutputRequest | undefined;
  readonly systemPrompt: string | undefined;
  readonly enableSubagents: boolean;
  readonly budget: RunBudgetOption | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: RunListener | undefined;
}

const KNOWN = [
  "message",
  "images",
  "sessionId",
  "busyTimeoutMs",
  "provider",
  "model",
  "baseUrl",
  "fallbacks",
  "apiKeys",
  "maxRetries",
  "deadlineMs",
  "attemptTimeoutMs",
  "jumpOn",
  "context",
  "timeoutMs",
  "tools",
  "toolExecution",
  "toolTimeoutMs",
  "maxTurns",
  "schema",
  "outputRetries",
  "systemPrompt",
  "enableSubagents",
  "budget",
  "signal",
  "onEvent",
] as const;

const DEFAULT_RETRIES = 2;
const DEFAULT_BUSY_TIMEOUT_MS = 5000;
const DEFAULT_DEADLINE_MS = 300_000;
const MOST_DEADLINE_MS = 86_400_000;
const DEFAULT_MAX_TURNS = 100;
const MOST_TURNS = 10_000;
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** @throws InvalidOptionError, InvalidIdError */
export function parseRunOptions(input: RunOptions): RunRequest {
  const options = readOptions("run", input, KNOWN);
  const { sessionId, signal, onEvent, enableSubagents = false } = input;
  if (typeof enableSubagents !== "boolean") throw options.refuse("enableSubagents", "must be true or false");
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw options.refuse("signal", "must be an AbortSignal");
  if (onEvent !== undefined && typeof onEvent !== "function")
    throw options.refuse("onEvent", "must be a function");
  return {
    resumes: false,
    message: readMessage(options),
    images: optionalImages(options),
    sessionId: sessionId === undefined ? randomUUID() : parseSessionId(sessionId),
    busyTimeoutMs:
      options.optionalWhole("busyTimeoutMs", { least: 0, most: MOST_DEADLINE_MS }) ?? DEFAULT_BUSY_TIMEOUT_MS,
    choice: readModelChoice(options),
    apiKeys: optionalApiKeys(options),
    maxRetries: options.optionalWhole("maxRetries", { least: 0, most: 10 }) ?? DEFAULT_RETRIES,
    deadlineMs:
      options.optionalWhole("deadlineMs", { least: 1, most: MOST_DEADLINE_MS }) ?? DEFAULT_DEADLINE_MS,
    attemptTimeoutMs: options.optionalWhole("attemptTimeoutMs", { least: 1, most: MOST_DEADLINE_MS }),
    jumpOn: optionalJumpOn(options),
    context: optionalContext(options),
    timeoutMs: options.optionalWhole("timeoutMs", { least: 1, most: MOST_DEADLINE_MS }),
    ...readToolOptions(options),
    maxTurns: options.optionalWhole("maxTurns", { least: 1, most: MOST_TURNS }) ?? DEFAULT_MAX_TURNS,
    output: optionalOutput(options),
    systemPrompt: options.optionalText("systemPrompt"),
    enableSubagents,
    budget: optionalBudget(options, ["run"]),
    signal,
    onEvent,
  };
}

/**
 * Reads the option `message`: what a user says.
 *
 * @throws InvalidOptionError
 */
export function readMessage(options: OptionReader): string {
  const message = options.text("message");
  if (Buffer.byteLength(message) > MAX_MESSAGE_BYTES)
    throw options.refuse("message", "is longer than 1 MiB; put it into a file of the workspace");
  return message;
}
