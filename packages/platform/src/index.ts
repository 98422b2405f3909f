export {
  type AttemptRecord,
  type ChainEvent,
  type Cooldown,
  type CooldownStore,
  CooldownStoreError,
  type ErrorReason,
  type FileCooldownStoreOptions,
  fileCooldownStore,
} from "@cloison/fallback";
export {
  type DriverPage,
  type ExportFormat,
  type ExportOptions,
  type ForkOptions,
  type ImageContent,
  InvalidSessionIdError,
  type JsonObject,
  type JsonValue,
  type LabelOptions,
  type ListOptions,
  type OpenOptions,
  type Repair,
  SessionBusyError,
  type SessionEntry,
  SessionEntryError,
  SessionError,
  type SessionErrorCode,
  SessionExistsError,
  type SessionInfo,
  SessionLockLostError,
  SessionNotFoundError,
  SessionOptionsError,
  type SessionSort,
  SessionStoreError,
  type TextContent,
  TranscriptCorruptError,
  TranscriptWriteError,
} from "@cloison/sessions";
export type {
  Approval,
  ApprovalAnswer,
  ApprovalQuestion,
  Approvals,
  PendingApproval,
} from "./approvals/approval.ts";
export type { FallbackModel, ModelChoice } from "./broker/model-choice.ts";
export type { BudgetStatus } from "./budget/budget-status.ts";
export type { Budget, BudgetLimit, BudgetLimits, BudgetPeriod } from "./budget/limits.ts";
export type { ModelPrice, ModelPrices } from "./budget/prices.ts";
export type { RunBudgetStatus } from "./budget/run-budget.ts";
export type { Spend } from "./budget/spend-record.ts";
export type { SpendShare } from "./budget/spend-sums.ts";
export type { PeriodSpend, SpendQuery } from "./budget/workspace-spend.ts";
export {
  BudgetExceededError,
  SpendCorruptError,
  SpendWriteError,
  UnknownPriceError,
} from "./errors/budget-errors.ts";
export {
  ApprovalNotFoundError,
  HookBlockedError,
  HookError,
  type HookFailure,
} from "./errors/hook-errors.ts";
export {
  EmptyAnswerError,
  ImagesNotSupportedError,
  MissingApiKeyError,
  ModelCallError,
  UnknownModelError,
  UnknownProviderError,
} from "./errors/model-errors.ts";
export { InvalidIdError, InvalidOptionError } from "./errors/option-errors.ts";
export { PlatformError, type PlatformErrorCode } from "./errors/platform-error.ts";
export {
  MaxTurnsError,
  NoActiveRunError,
  OutputError,
  RunAbortedError,
  RunTimeoutError,
  SandboxEndedError,
  StreamConsumedError,
} from "./errors/run-errors.ts";
export { NothingToResumeError } from "./errors/session-errors.ts";
export {
  StateDirectoryError,
  WorkspaceBusyError,
  WorkspaceCorruptError,
  WorkspaceExistsError,
  WorkspaceNotFoundError,
} from "./errors/state-errors.ts";
export { SubagentLimitError, SubagentRoleError, SubagentTimeoutError } from "./errors/subagent-errors.ts";
export type { HookContext, HookInput, HookName, RunEnding } from "./hooks/hook-inputs.ts";
export type { HookHandler, HookOptions, Hooks } from "./hooks/hook-registry.ts";
export type {
  AgentStartChange,
  HookResults,
  ModelCallChange,
  ToolCallChange,
  ToolResultChange,
} from "./hooks/hook-results.ts";
export type { ApiKeys } from "./options/api-keys.ts";
export type { ContextOptions } from "./options/context-options.ts";
export type { ImageInput } from "./options/images.ts";
export type { JumpReason } from "./options/jump-on.ts";
export type { MemoryEntry, SessionMemory } from "./options/memory-option.ts";
export type { PlatformOptions } from "./options/platform-options.ts";
export type { RunSandboxOptions } from "./options/sandbox-options.ts";
export type { SubagentFiles, SubagentOptions, SubagentRole } from "./options/subagent-options.ts";
export type { WorkspaceConfig } from "./options/workspace-options.ts";
export { createPlatform, type Platform } from "./platform.ts";
export type { ResumeOptions } from "./run/resume-options.ts";
export type { RunEvent, RunListener, SandboxLayer } from "./run/run-events.ts";
export type { RunBudgetOption, RunOptions } from "./run/run-options.ts";
export type { RunResult } from "./run/run-result.ts";
export type { RunStream } from "./run/run-stream.ts";
export type { RunMessage } from "./run/said-options.ts";
export type { RunAttempt, UsageShare } from "./run/tally.ts";
export type { RunUsage } from "./run/usage.ts";
export { createRuntime, type Runtime, type RuntimeOptions } from "./runtime.ts";
export type { InterruptedRun } from "./sessions/interrupted.ts";
export type { WorkspaceSessions } from "./sessions/workspace-sessions.ts";
export {
  type ParallelSubagentCall,
  type ParallelSubagentOutcome,
  type ParallelSubagentsOptions,
  spawnSubagentsParallel,
} from "./subagents/parallel.ts";
export type { SubagentRecord, SubagentStatus, Subagents } from "./subagents/registry.ts";
export type { CustomTool, CustomToolCall } from "./tools/custom-tool.ts";
export type { ToolContent } from "./tools/host-tool.ts";
export type { ToolExecution } from "./tools/tool-batch.ts";
export type { Workspace } from "./workspace.ts";
