import type { RunBudgetStatus } from "../budget/run-budget.ts";
import type { SubagentRecord } from "../subagents/registry.ts";
import type { SandboxLayer } from "./run-events.ts";
import type { RunAttempt, UsageShare } from "./tally.ts";
import type { RunUsage } from "./usage.ts";

/** What a successful run came to. */
export interface RunResult<Output = unknown> {
  /** The agent's last words; never empty: an output without words beside it stands here as JSON. */
  readonly response: string;
  /** What fits the run's `schema`; undefined without one. Its type is what the caller says that it is. */
  readonly output: Output;
  /** Give this to the next `run` to go on with the talk. */
  readonly sessionId: string;
  /** The whole run's tokens, those of failed attempts included where the provider told them. */
  readonly usage: RunUsage;
  /** The same by model and key. */
  readonly usageBy: readonly UsageShare[];
  /** Every attempt to get an answer, in order, failed ones included. */
  readonly attempts: readonly RunAttempt[];
  /** Who gave the last answer. */
  readonly provider: string;
  readonly model: string;
  /** How often the model answered. */
  readonly turns: number;
  /** How each period of the budget stands that has a limit. */
  readonly budget: RunBudgetStatus;
  /** `length`: the response was cut at the model's output limit. */
  readonly stopReason: "stop" | "length";
  readonly sandbox: { readonly layers: readonly SandboxLayer[]; readonly startMs: number };
  /**
   * Its subagents and theirs, in the order in which they were asked for. What they have spent is here, and not in
   * `usage`; the budget counts both.
   */
  readonly subagents: readonly SubagentRecord[];
}
