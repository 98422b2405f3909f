import type { JsonObject } from "@cloison/sessions";
import type { ToolContent } from "./host-tool.ts";

/** A tool of the application's. It runs in the application's own process, with all that this may do. */
export interface CustomTool {
  /** 1 to 64 letters, digits, dashes and underscores. */
  readonly name: string;
  /** What the model is told of it. */
  readonly description: string;
  /**
   * JSON Schema of its input, of type `object` and at most 64 KiB as JSON: draft 2020-12, or draft-07 where
   * `$schema` says so.
   */
  readonly parameters: Readonly<Record<string, unknown>>;
  /**
   * Carries out one call, with input that fits `parameters`. The input was written by the model: treat it as you
   * treat what a stranger sends. A text or blocks of text and images is for the model; of anything else it is told that
   * it cannot be shown. Of texts longer than 128 Ki characters it sees beginning and end. Of what this throws it sees the message.
   */
  execute(
    input: JsonObject,
    call: CustomToolCall,
  ): string | readonly ToolContent[] | Promise<string | readonly ToolContent[]>;
  /** Milliseconds for one call, 1 to 86,400,000; then the model is told and the run goes on. Default: `toolTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /**
   * `safe`: a call that had no result when a run was interrupted may be carried out once more. Default `never`:
   * the model is told that it may have been carried out.
   */
  readonly replay?: "safe" | "never" | undefined;
  /** Whether its calls may go on beside others of the same answer. Default: as `toolExecution` says. */
  readonly parallel?: boolean | undefined;
}

/** One call of a {@link CustomTool}. */
export interface CustomToolCall {
  readonly userId: string;
  readonly sessionId: string;
  readonly toolCallId: string;
  /** Aborts when the run does, or the tool's time is over. */
  readonly signal: AbortSignal;
  /** Shows how far it has come, as the event `tool_update`: the last 4096 characters of the newest text. */
  onUpdate(text: string): void;
}
