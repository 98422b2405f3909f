import type { SessionStore } from "@cloison/sessions";
import type { ApprovalBoard } from "../approvals/approval-board.ts";
import type { Broker } from "../broker/broker.ts";
import type { ModelChoice } from "../broker/model-choice.ts";
import type { Budget } from "../budget/limits.ts";
import type { SpendLedger } from "../budget/spend-ledger.ts";
import type { HookSource } from "../hooks/hook-registry.ts";
import type { SessionMemory } from "../options/memory-option.ts";
import type { RunSandboxOptions } from "../options/sandbox-options.ts";
import type { SubagentOptions } from "../options/subagent-options.ts";
import type { WorkspaceConfig } from "../options/workspace-options.ts";
import type { WorkspacePaths } from "../state/layout.ts";
import type { SubagentRegistry } from "../subagents/registry.ts";
import type { LivingRuns } from "./living-runs.ts";

/** Where runs of one workspace take place. */
export interface RunPlace {
  readonly userId: string;
  readonly paths: WorkspacePaths;
  readonly sessions: SessionStore;
  readonly config: WorkspaceConfig;
  /** The platform's own choice, weaker than the workspace's. */
  readonly defaults: ModelChoice;
  readonly sandbox: RunSandboxOptions;
  /** The platform's own, of which each limit gives way to the workspace's. */
  readonly budget: Budget | undefined;
  readonly ledger: SpendLedger;
  readonly broker: Broker;
  readonly memory: SessionMemory | undefined;
  /** The platform's handlers, then the workspace's. */
  readonly hooks: HookSource;
  readonly approvals: ApprovalBoard;
  /** What is known of the subagents of this workspace's runs. */
  readonly subagents: () => SubagentRegistry;
  /** The platform's own, which give way to the workspace's. */
  readonly defaultSubagents: SubagentOptions | undefined;
  /** Where a run is found while it holds its session. */
  readonly living: LivingRuns;
}
