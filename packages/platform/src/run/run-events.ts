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
  /** The model is called; `turn` counts from 1. */
  | { readonly type: "model_call"; readonly turn: number; readonly provider: string; readonly model: string }
  | { readonly type: "text_delta"; readonly text: string }
  | { readonly type: "thinking_delta"; readonly text: string }
  /** A model call has ended; `usage` is this call's. */
  | { readonly type: "usage"; readonly turn: number; readonly usage: RunUsage }
  | {
      readonly type: "tool_start";
      readonly toolCallId: string;
      readonly toolName: string;
      readonly input: Readonly<Record<string, unknown>>;
    }
  /** The end of the tool's output so far, at most 4096 characters. Written in the sandbox: do not trust it. */
  | {
      readonly type: "tool_update";
      readonly toolCallId: string;
      readonly toolName: string;
      readonly output: string;
    }
  /** The tool's whole output. Written in the sandbox: do not trust it. */
  | {
      readonly type: "tool_end";
      readonly toolCallId: string;
      readonly toolName: string;
      readonly output: string;
      readonly isError: boolean;
    }
  /** The run has succeeded and its answer is stored; `usage` is the whole run's. */
  | { readonly type: "done"; readonly sessionId: string; readonly turns: number; readonly usage: RunUsage };

/** Told of each event. What it returns or throws does not touch the run. */
export type RunListener = (event: RunEvent) => void;
