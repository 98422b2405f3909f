import type { ChainEvent } from "@cloison/fallback";
import type { JsonObject, Repair } from "@cloison/sessions";
import type { BudgetLimit, BudgetPeriod } from "../budget/limits.ts";
import type { HookFailure } from "../errors/hook-errors.ts";
import type { HookName } from "../hooks/hook-inputs.ts";
import type { SubagentRecord, SubagentStatus } from "../subagents/registry.ts";
import type { SaidHow } from "./inbox.ts";
import type { RunResult } from "./run-result.ts";
import type { RunUsage } from "./usage.ts";

/** What isolates the sandbox of a run, in words. */
export interface SandboxLayer {
  readonly name: string;
  readonly detail: string;
  readonly applied: boolean;
}

/** What happens in a run, in the order in which it happens. */
export type RunEvent =
  /** The sandbox stands; `durationMs` is what that took. */
  | { readonly type: "sandbox_ready"; readonly layers: readonly SandboxLayer[]; readonly durationMs: number }
  /** Something in the session's transcript was not as it must be, and was put right or passed over. */
  | ({ readonly type: "session_repair" } & Repair)
  /** The model is asked, the run's own first; `turn` counts from 1. */
  | { readonly type: "model_call"; readonly turn: number; readonly provider: string; readonly model: string }
  | { readonly type: "text_delta"; readonly text: string }
  | { readonly type: "thinking_delta"; readonly text: string }
  /** What was streamed so far of this turn's answer is void: the attempt failed, and another may begin. */
  | { readonly type: "answer_discarded"; readonly turn: number }
  /** A decision on whom to ask, or how an attempt went. */
  | { readonly type: "attempt"; readonly turn: number; readonly event: ChainEvent }
  /**
   * The conversation was too long for the model, so its older part was summarised, and that is stored. Sizes
   * are estimated, without system prompt and tools.
   */
  | {
      readonly type: "compaction";
      readonly turn: number;
      readonly tokensBefore: number;
      readonly tokensAfter: number;
    }
  /**
   * All tool results together took more than half of the model's window, so that it sees only beginning and end of
   * old ones from now on; the transcript keeps them. Sizes are those of all results, estimated.
   */
  | {
      readonly type: "pruning";
      readonly turn: number;
      readonly tokensBefore: number;
      readonly tokensAfter: number;
    }
  /** Before a compaction the model was asked what should last; `problem` says why not all of it was stored. */
  | {
      readonly type: "memory_flush";
      readonly turn: number;
      readonly stored: number;
      readonly problem?: string | undefined;
    }
  /** The conversation leaves the model little room for its answers; told once in a run. Sizes are estimated. */
  | {
      readonly type: "context_warning";
      readonly turn: number;
      readonly provider: string;
      readonly model: string;
      readonly windowTokens: number;
      readonly requestTokens: number;
      readonly roomTokens: number;
    }
  /** An attempt has spent tokens, also a failed one where the provider told it; `key` is `…last4`. */
  | {
      readonly type: "usage";
      readonly turn: number;
      readonly provider: string;
      readonly model: string;
      readonly key: string;
      readonly usage: RunUsage;
    }
  /** At least 80 % of a limit of the budget are used; told once for each limit and run. */
  | {
      readonly type: "budget";
      readonly period: BudgetPeriod;
      readonly limit: BudgetLimit;
      readonly max: number;
      readonly spent: number;
      /** When the period begins anew; a run's never does. */
      readonly resetsAt: Date | undefined;
    }
  /**
   * A tool begins, with this input. A call that is not carried out, because it is blocked or its input does not
   * fit, has its `tool_end` alone.
   */
  | {
      readonly type: "tool_start";
      readonly toolCallId: string;
      readonly toolName: string;
      readonly input: Readonly<Record<string, unknown>>;
      /** What the model has asked for, where a hook has changed it. */
      readonly calledWith?: Readonly<Record<string, unknown>>;
    }
  /** A hook asks a person whether a tool call is to be carried out; answer by `workspace.approvals`. */
  | {
      readonly type: "pending";
      readonly approvalId: string;
      readonly toolCallId: string;
      readonly toolName: string;
      /** The model wrote it: show it as text. */
      readonly input: JsonObject;
      readonly prompt: string | undefined;
      readonly expiresAt: Date;
    }
  /** That was answered, or its time is over. */
  | {
      readonly type: "approval";
      readonly approvalId: string;
      readonly approved: boolean;
      readonly reason: string | undefined;
    }
  /** A hook failed; what follows from it depends on the hook, and the run may go on. */
  | {
      readonly type: "hook_failed";
      readonly hook: HookName;
      readonly reason: HookFailure;
      readonly message: string;
      readonly toolCallId?: string;
    }
  /**
   * The end of the tool's output so far, at most 4096 characters; of a custom tool what it last showed. Written in
   * the sandbox: do not trust it.
   */
  | {
      readonly type: "tool_update";
      readonly toolCallId: string;
      readonly toolName: string;
      readonly output: string;
    }
  /** What the model is told, without images. Written in the sandbox: do not trust it. */
  | {
      readonly type: "tool_end";
      readonly toolCallId: string;
      readonly toolName: string;
      readonly output: string;
      readonly isError: boolean;
    }
  /** A subagent begins; `toolCallId` is the call that asked for it, in the run or in the subagent `parentId`. */
  | {
      readonly type: "subagent_start";
      readonly id: string;
      readonly role: string;
      readonly depth: number;
      readonly sessionId: string;
      readonly parentId: string | undefined;
      readonly toolCallId: string;
      /** The beginning of what it was asked. Written by a model: do not trust it. */
      readonly task: string;
    }
  /** What happens in a subagent, but for what it streams; those of its own subagents come by themselves. */
  | {
      readonly type: "subagent_event";
      readonly id: string;
      readonly role: string;
      readonly depth: number;
      readonly event: RunEvent;
    }
  /** It is over, and its sandbox is gone; `usage` is its own, without its subagents'. */
  | {
      readonly type: "subagent_end";
      readonly id: string;
      readonly role: string;
      readonly depth: number;
      readonly sessionId: string;
      readonly status: SubagentStatus;
      readonly usage: RunUsage;
      readonly durationMs: number;
      readonly error: SubagentRecord["error"];
    }
  /** A subagent was asked for that is not allowed, or is one too many; the model is told the message. */
  | {
      readonly type: "subagent_refused";
      readonly toolCallId: string;
      readonly role: string;
      readonly depth: number;
      readonly code: "SUBAGENT_LIMIT" | "SUBAGENT_ROLE";
      readonly message: string;
    }
  /** What was said to the run while it went on is now a part of the conversation, before this turn's model call. */
  | { readonly type: "steered"; readonly turn: number; readonly how: SaidHow; readonly message: string }
  /** The model gave no output that fits the schema, was told so, and is asked again; `failures` counts from 1. */
  | {
      readonly type: "output_retry";
      readonly turn: number;
      readonly problem: string;
      readonly failures: number;
    }
  /** Only in a stream that is read too slowly: so many older events were dropped here. */
  | { readonly type: "events_lost"; readonly count: number }
  /** The run has succeeded and its answer is stored. Holds what the result holds. */
  | ({ readonly type: "done" } & RunResult);

/** Told of each event. What it returns or throws does not touch the run. */
export type RunListener = (event: RunEvent) => void;
