import type { JsonObject } from "@cloison/sessions";
import type { Approval, ApprovalQuestion } from "../approvals/approval.ts";
import type { RunUsage } from "../run/usage.ts";
import type { ToolContent } from "../tools/host-tool.ts";

/** What every hook is told. */
export interface HookContext {
  readonly userId: string;
  readonly sessionId: string;
  /** One for all hooks of a run. */
  readonly runId: string;
  /** 0 for a run of the application's, 1 for its subagents, 2 for theirs. */
  readonly depth: number;
  /** Aborts when nobody waits for the hook any more: its time is over, or the run was aborted. */
  readonly signal: AbortSignal;
}

/** How a run ended; `aborted`: by its signal or its `timeoutMs`. */
export type RunEnding = "completed" | "failed" | "aborted";

export interface SessionStart {
  /** Nothing is stored in the session yet. */
  readonly isNew: boolean;
}

export interface SessionEnd {
  readonly outcome: RunEnding;
  /** What the run is going to reject with. */
  readonly error: unknown;
}

export interface BeforeAgentStart {
  /** What the user says; of a run that is resumed, the last words. Undefined where there are none. */
  readonly message: string | undefined;
  /** With what earlier hooks have added. */
  readonly systemPrompt: string;
}

export interface AfterAgentEnd {
  readonly outcome: RunEnding;
  /** The agent's last words; undefined when the run did not complete. */
  readonly response: string | undefined;
  readonly turns: number;
  readonly usage: RunUsage;
  /** What the run is going to reject with. */
  readonly error: unknown;
}

export interface BeforeToolCall {
  readonly toolCallId: string;
  readonly toolName: string;
  /** A copy, with what earlier hooks have changed. The model wrote it: do not trust it. */
  readonly input: JsonObject;
  /**
   * Asks a person, by the event `pending` and `workspace.approvals`, and waits; the hook's own time stands still
   * meanwhile. When the answer is no, or does not come in time, the call is blocked, whatever the hook returns.
   *
   * @throws InvalidOptionError; the signal's reason when the run is aborted
   */
  approve(question?: ApprovalQuestion): Promise<Approval>;
}

export interface AfterToolCall {
  readonly toolCallId: string;
  readonly toolName: string;
  /** What the call was carried out with. */
  readonly input: JsonObject;
  /** What earlier hooks have left. Mostly written in the sandbox: do not trust it. */
  readonly content: readonly ToolContent[];
  /** The texts of `content`, joined by line breaks. */
  readonly output: string;
  readonly isError: boolean;
}

/** One attempt to get an answer: retries, fallbacks and the calls for summaries are attempts, too. */
export interface BeforeModelCall {
  readonly provider: string;
  readonly model: string;
  /** Tokens of the request, estimated. */
  readonly requestTokens: number;
  /** Counts from 1 in a run. */
  readonly turn: number;
}

export interface AfterModelCall {
  readonly provider: string;
  readonly model: string;
  readonly turn: number;
  /** `ok`, or what the attempt failed with, as in `result.attempts`. */
  readonly outcome: string;
  /** `…last4`; undefined where no key was used. */
  readonly key: string | undefined;
  readonly durationMs: number;
  /** With `costUsd`; undefined when the provider did not tell what was spent. */
  readonly usage: RunUsage | undefined;
}

/** What the hooks of each name are told beyond what all are. */
export interface OwnInputs {
  readonly session_start: SessionStart;
  readonly session_end: SessionEnd;
  readonly before_agent_start: BeforeAgentStart;
  readonly after_agent_end: AfterAgentEnd;
  readonly before_tool_call: BeforeToolCall;
  readonly after_tool_call: AfterToolCall;
  readonly before_model_call: BeforeModelCall;
  readonly after_model_call: AfterModelCall;
}

export type HookName = keyof OwnInputs;

/** What a hook of that name is given. */
export type HookInput<N extends HookName> = OwnInputs[N] & HookContext;

export const hookNames = [
  "session_start",
  "session_end",
  "before_agent_start",
  "after_agent_end",
  "before_tool_call",
  "after_tool_call",
  "before_model_call",
  "after_model_call",
] as const satisfies readonly HookName[];
