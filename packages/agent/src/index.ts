export type { AgentOutcome, AgentRunOptions, ModelTurn } from "./agent-run.ts";
export type { AgentSandbox, WorkerHandle, WorkerStartOptions } from "./agent-sandbox.ts";
export type { AgentWorker } from "./agent-worker.ts";
export type { AgentEvent } from "./call-ledger.ts";
export {
  AgentAbortedError,
  AgentError,
  type AgentErrorCode,
  AgentMaxTurnsError,
  AgentOptionsError,
  AgentProtocolError,
  AgentStartError,
  AgentStateError,
  AgentToolTimeoutError,
  AgentTurnError,
  AgentWorkerError,
  AgentWorkerExitError,
  type WorkerExit,
} from "./errors.ts";
export type { ParametersSchema, PropertySchema } from "./json-schema.ts";
export { type RunAgentOptions, runAgent } from "./run-agent.ts";
export { type AgentWorkerOptions, startAgentWorker } from "./start-agent-worker.ts";
export { builtinTools, type ToolDefinition } from "./tool-definitions.ts";
export type { AssistantTurn, ToolCall, ToolExecution, ToolResult, ToolResultContent } from "./turn.ts";
export { type WorkerMount, workerCommand, workerMounts } from "./worker-mounts.ts";
