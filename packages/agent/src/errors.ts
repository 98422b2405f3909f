/** Every way in which an agent can fail, as the `code` of an {@link AgentError}. */
export type AgentErrorCode =
  | "AGENT_ABORTED"
  | "AGENT_MAX_TURNS"
  | "AGENT_OPTIONS"
  | "AGENT_PROTOCOL"
  | "AGENT_START"
  | "AGENT_STATE"
  | "AGENT_TOOL_TIMEOUT"
  | "AGENT_TURN"
  | "AGENT_WORKER"
  | "AGENT_WORKER_EXIT";

/** The base of every error that this package throws on purpose. */
export abstract class AgentError extends Error {
  abstract readonly code: AgentErrorCode;
}

/** An option is unknown, missing or out of range. Nothing was started. */
export class AgentOptionsError extends AgentError {
  override readonly name = "AgentOptionsError";
  override readonly code = "AGENT_OPTIONS";
}

/** The worker did not come up in its sandbox. */
export class AgentStartError extends AgentError {
  override readonly name = "AgentStartError";
  override readonly code = "AGENT_START";
}

/** `run` was called on a worker that is busy, or closed before or during the run. */
export class AgentStateError extends AgentError {
  override readonly name = "AgentStateError";
  override readonly code = "AGENT_STATE";
}

/** The caller's signal aborted the run; `cause` is the signal's reason. */
export class AgentAbortedError extends AgentError {
  override readonly name = "AgentAbortedError";
  override readonly code = "AGENT_ABORTED";
}

/** The agent wanted more model turns than `maxTurns`. */
export class AgentMaxTurnsError extends AgentError {
  override readonly name = "AgentMaxTurnsError";
  override readonly code = "AGENT_MAX_TURNS";
}

/** `callModel` returned a turn that cannot be run, such as two tool calls with the same id. */
export class AgentTurnError extends AgentError {
  override readonly name = "AgentTurnError";
  override readonly code = "AGENT_TURN";
}

/** The worker went on with a tool call long after `toolTimeoutMs`. It was killed. */
export class AgentToolTimeoutError extends AgentError {
  override readonly name = "AgentToolTimeoutError";
  override readonly code = "AGENT_TOOL_TIMEOUT";
}

/** The worker broke the protocol: what is in the sandbox is not, or is no longer, our worker. It was killed. */
export class AgentProtocolError extends AgentError {
  override readonly name = "AgentProtocolError";
  override readonly code = "AGENT_PROTOCOL";
}

/** The worker reported that its loop failed. The message ends with the worker's words: do not trust them. */
export class AgentWorkerError extends AgentError {
  override readonly name = "AgentWorkerError";
  override readonly code = "AGENT_WORKER";
}

/** How a worker's process ended. */
export interface WorkerExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The sandbox's memory limit killed a process. */
  readonly oomKilled: boolean;
}

/** The worker's process ended although nobody closed it. */
export class AgentWorkerExitError extends AgentError {
  override readonly name = "AgentWorkerExitError";
  override readonly code = "AGENT_WORKER_EXIT";
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly oomKilled: boolean;
  /** The last 4 KiB that the worker wrote to its stderr, control characters removed: do not trust it. */
  readonly stderrTail: string;

  constructor(exit: WorkerExit, stderrTail: string) {
    super(describeExit(exit, stderrTail));
    this.exitCode = exit.exitCode;
    this.signal = exit.signal;
    this.oomKilled = exit.oomKilled;
    this.stderrTail = stderrTail;
  }
}

function describeExit(exit: WorkerExit, stderrTail: string): string {
  const how = exit.signal === null ? `with exit code ${exit.exitCode}` : `by ${exit.signal}`;
  const hint = exit.oomKilled ? "; the sandbox ran out of memory: raise limits.memoryMb" : "";
  const words = stderrTail === "" ? "" : `; its stderr ended: ${stderrTail}`;
  return `the agent worker ended ${how}${hint}${words}`;
}
