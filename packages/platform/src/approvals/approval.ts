import type { JsonObject } from "@cloison/sessions";

/** What a person is asked. */
export interface ApprovalQuestion {
  /** For the person, at most 10,000 characters. */
  readonly prompt?: string | undefined;
  /** Milliseconds to wait for the answer, 1 to 86,400,000. Default 600,000. */
  readonly timeoutMs?: number | undefined;
}

/** What came of it. */
export interface Approval {
  readonly approved: boolean;
  /** The person's words; `nobody answered in time` where nobody did. */
  readonly reason: string | undefined;
}

/** A tool call that waits for a person. */
export interface PendingApproval {
  readonly approvalId: string;
  readonly sessionId: string;
  readonly runId: string;
  readonly depth: number;
  readonly toolCallId: string;
  readonly toolName: string;
  /** What the call would be carried out with. The model wrote it: show it as text. */
  readonly input: JsonObject;
  readonly prompt: string | undefined;
  readonly askedAt: Date;
  /** The call is blocked when nobody has answered until then. */
  readonly expiresAt: Date;
}

/** A person's answer. */
export interface ApprovalAnswer {
  readonly approved: boolean;
  /** The model is told it when the answer is no. */
  readonly reason?: string | undefined;
}

/** The tool calls of one workspace that wait for a person, in all its runs of this process. */
export interface Approvals {
  /** Oldest first. */
  list(): readonly PendingApproval[];
  /**
   * Gives the answer; the first one counts.
   *
   * @throws ApprovalNotFoundError, InvalidOptionError
   */
  resolve(approvalId: string, answer: ApprovalAnswer): void;
}
