import { PlatformError } from "./platform-error.ts";

const advice = {
  maxDepth: "do the work yourself; subagents of this depth start none",
  maxTotal: "go on with what you have; this run starts no further ones",
} as const;

/** A bound on subagents forbids another one. Its message is written for the model that asked for it. */
export class SubagentLimitError extends PlatformError {
  readonly code = "SUBAGENT_LIMIT";
  readonly limit: "maxDepth" | "maxTotal";
  readonly max: number;

  constructor(limit: "maxDepth" | "maxTotal", max: number) {
    super(`SUBAGENT_LIMIT: subagents.${limit} is ${max}; ${advice[limit]}`);
    this.limit = limit;
    this.max = max;
  }
}

/** A role that does not exist, or that the caller may not start. Its message is written for the model. */
export class SubagentRoleError extends PlatformError {
  readonly code = "SUBAGENT_ROLE";
  readonly role: string;

  constructor(role: string, allowed: readonly string[]) {
    super(`SUBAGENT_ROLE: there is no role ${JSON.stringify(role)} here; use one of ${allowed.join(", ")}`);
    this.role = role;
  }
}

/** The time of a subagent was over, and it was ended. `cause` is what it ended with, where that is known. */
export class SubagentTimeoutError extends PlatformError {
  readonly code = "SUBAGENT_TIMEOUT";
  readonly timeoutMs: number;

  constructor(timeoutMs: number, cause?: unknown) {
    super(
      `SUBAGENT_TIMEOUT: it did not end within ${timeoutMs} ms; give it more time, or ask for less at a time`,
      cause,
    );
    this.timeoutMs = timeoutMs;
  }
}
