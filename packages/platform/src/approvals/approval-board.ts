import { randomUUID } from "node:crypto";
import { ApprovalNotFoundError } from "../errors/hook-errors.ts";
import { type OptionReader, readOptions } from "../options/option-reader.ts";
import type { Approval, ApprovalAnswer, ApprovalQuestion, Approvals, PendingApproval } from "./approval.ts";

const DEFAULT_TIMEOUT_MS = 600_000;
const MOST_TIMEOUT_MS = 86_400_000;
const MOST_CHARACTERS = 10_000;

/** What a person is asked about. */
export type ApprovalSubject = Omit<PendingApproval, "approvalId" | "prompt" | "askedAt" | "expiresAt">;

export interface ApprovalRequest {
  readonly userId: string;
  readonly subject: ApprovalSubject;
  readonly question: ApprovalQuestion;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

export interface ApprovalWait {
  readonly pending: PendingApproval;
  /** Rejects only with the signal's reason. */
  readonly answer: Promise<Approval>;
}

interface Waiting {
  readonly userId: string;
  readonly pending: PendingApproval;
  readonly settle: (approval: Approval) => void;
}

/** All approvals that a platform's runs wait for. */
export class ApprovalBoard {
  readonly #waiting = new Map<string, Waiting>();

  /**
   * Asks a person.
   *
   * @throws InvalidOptionError
   */
  ask({ userId, subject, question, signal }: ApprovalRequest): ApprovalWait {
    const { prompt, timeoutMs } = readQuestion(question);
    const approvalId = randomUUID();
    const askedAt = new Date();
    const expiresAt = new Date(askedAt.getTime() + timeoutMs);
    const pending = { ...subject, approvalId, prompt, askedAt, expiresAt };
    const { promise, resolve, reject } = Promise.withResolvers<Approval>();
    this.#waiting.set(approvalId, { userId, pending, settle: resolve });
    const late = { approved: false, reason: "nobody answered in time" };
    const timer = setTimeout(() => resolve(late), timeoutMs);
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    const answer = promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      this.#waiting.delete(approvalId);
    });
    return { pending, answer };
  }

  /** Those of one workspace: no other's can be seen or answered by it. */
  of(userId: string): Approvals {
    return {
      list: () =>
        [...this.#waiting.values()].flatMap((waiting) => (waiting.userId === userId ? waiting.pending : [])),
      resolve: (approvalId, answer) => {
        const { approved, reason } = readAnswer(answer);
        const waiting = this.#waiting.get(approvalId);
        if (waiting === undefined || waiting.userId !== userId) throw new ApprovalNotFoundError(approvalId);
        this.#waiting.delete(approvalId);
        waiting.settle({ approved, reason });
      },
    };
  }
}

function readQuestion(question: ApprovalQuestion): { prompt: string | undefined; timeoutMs: number } {
  const given = readOptions("approve", question, ["prompt", "timeoutMs"]);
  const timeoutMs =
    given.optionalWhole("timeoutMs", { least: 1, most: MOST_TIMEOUT_MS }) ?? DEFAULT_TIMEOUT_MS;
  return { prompt: shortText(given, "prompt"), timeoutMs };
}

function readAnswer(answer: ApprovalAnswer): Approval {
  const given = readOptions("approvals.resolve", answer, ["approved", "reason"]);
  const approved = given.optionalFlag("approved");
  if (approved === undefined) throw given.refuse("approved", "is missing; give true or false");
  return { approved, reason: shortText(given, "reason") };
}

function shortText(given: OptionReader, name: string): string | undefined {
  const text = given.optionalText(name);
  if (text !== undefined && text.length > MOST_CHARACTERS)
    throw given.refuse(name, `is longer than ${MOST_CHARACTERS} characters`);
  return text;
}
