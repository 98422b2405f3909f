import type { HookName } from "../hooks/hook-inputs.ts";
import { PlatformError } from "./platform-error.ts";

/**
 * `threw`: see the cause. `timeout`: it took longer than its `timeoutMs`. `result`: what it returned cannot be used.
 * `reentered`: a run that it started itself came to it again.
 */
export type HookFailure = "threw" | "timeout" | "result" | "reentered";

const advice: Readonly<Record<HookFailure, string>> = {
  threw: "threw an error; see the cause",
  timeout: "took too long; raise timeoutMs where it is registered, or let it do less",
  result: "returned something that cannot be used; see the cause",
  reentered:
    "was called by a run that it has started itself; let such a run be one that needs no hook, or do without",
};

/** A hook failed without which nothing goes on: `session_start`, `before_agent_start` or `before_model_call`. */
export class HookError extends PlatformError {
  readonly code = "HOOK_FAILED";
  readonly hook: HookName;
  readonly reason: HookFailure;

  constructor(hook: HookName, reason: HookFailure, cause?: unknown) {
    super(`a hook ${hook} ${advice[reason]}`, cause);
    this.hook = hook;
    this.reason = reason;
  }
}

/** A `before_model_call` hook did not allow the call. The model was not called; what was stored before is kept. */
export class HookBlockedError extends PlatformError {
  readonly code = "HOOK_BLOCKED";
  readonly hook: HookName;
  /** In the hook's words; undefined where it gave none. */
  readonly reason: string | undefined;

  constructor(hook: HookName, reason: string | undefined) {
    super(
      `a hook ${hook} did not allow the call${reason === undefined ? "; it gave no reason" : `: ${reason}`}`,
    );
    this.hook = hook;
    this.reason = reason;
  }
}

/** Nobody waits for this approval (any more): it was answered, its time is over, or its run has ended. */
export class ApprovalNotFoundError extends PlatformError {
  readonly code = "APPROVAL_NOT_FOUND";
  readonly approvalId: string;

  constructor(approvalId: string) {
    super(
      `no approval ${JSON.stringify(approvalId)} is pending: it was answered already, its time is over, or its run has ` +
        "ended; approvals.list() gives those that are",
    );
    this.approvalId = approvalId;
  }
}
