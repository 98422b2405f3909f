import type { JsonObject } from "@cloison/sessions";
import type { Approval, ApprovalQuestion } from "../approvals/approval.ts";
import type { ApprovalBoard } from "../approvals/approval-board.ts";
import type { RunHooks } from "./run-hooks.ts";
import type { TimeLimit } from "./time-limit.ts";

export interface CallApprovalsParts {
  readonly hooks: RunHooks;
  readonly approvals: ApprovalBoard;
  readonly call: { readonly toolCallId: string; readonly toolName: string; readonly input: JsonObject };
  /** The run's. */
  readonly signal: AbortSignal;
}

/** The approvals that one handler asks for one tool call. */
export class CallApprovals {
  readonly #parts: CallApprovalsParts;
  readonly #closed = new AbortController();
  readonly #answers: Promise<Approval>[] = [];

  constructor(parts: CallApprovalsParts) {
    this.#parts = parts;
  }

  get asked(): boolean {
    return this.#answers.length > 0;
  }

  /** @throws InvalidOptionError; the signal's reason; an AbortError when the handler is done */
  approve(question: ApprovalQuestion | undefined, limit: TimeLimit): Promise<Approval> {
    const answer = this.#ask(question ?? {}, limit);
    this.#answers.push(answer);
    // A handler may forget to wait: `refused` does.
    answer.catch(() => undefined);
    return answer;
  }

  /**
   * Waits for all that was asked, also where the handler did not.
   *
   * @returns what the model is told when the answer was no
   */
  async refused(): Promise<string | undefined> {
    for (const { approved, reason } of await Promise.all(this.#answers)) {
      if (approved) continue;
      const words = reason === undefined ? "" : `: ${reason}`;
      return `This call was not carried out: a person was asked and did not approve it${words}`;
    }
    return undefined;
  }

  /** The handler is done, and nobody waits for an answer any more. */
  close(): void {
    this.#closed.abort(new DOMException("The hook that has asked is over.", "AbortError"));
  }

  async #ask(question: ApprovalQuestion, limit: TimeLimit): Promise<Approval> {
    const { hooks, approvals, call, signal } = this.#parts;
    const { userId, ...facts } = hooks.facts;
    // Too late: nobody is asked what is of no effect.
    this.#closed.signal.throwIfAborted();
    limit.pause();
    try {
      const { pending, answer } = approvals.ask({
        userId,
        subject: { ...facts, ...call, input: structuredClone(call.input) },
        question,
        signal: AbortSignal.any([signal, this.#closed.signal]),
      });
      const { approvalId, toolCallId, toolName, input, prompt, expiresAt } = pending;
      hooks.emit({ type: "pending", approvalId, toolCallId, toolName, input, prompt, expiresAt });
      const approval = await answer;
      hooks.emit({ type: "approval", approvalId, ...approval });
      return approval;
    } finally {
      limit.resume();
    }
  }
}
