import {
  type AssistantMessage,
  RUN_START,
  type Session,
  type SessionEntry,
  type ToolCall,
} from "@cloison/sessions";
import { NothingToResumeError } from "../errors/session-errors.ts";
import { textOf } from "./messages.ts";
import { isResumedRun } from "./run-marks.ts";

/** Where a session goes on whose last run ended before its time. */
export type ResumePoint =
  /** The model is to be asked: for an answer to what was said, or to the results of its calls. */
  | { readonly kind: "ask" }
  /** Calls of the last answer that have no result. */
  | { readonly kind: "tools"; readonly calls: readonly ToolCall[] }
  /** The same, of an answer that was cut at the output limit. */
  | { readonly kind: "cut"; readonly calls: readonly ToolCall[] }
  /** Nothing is left to do but to tell the answer. */
  | { readonly kind: "answered"; readonly message: AssistantMessage };

/** @throws NothingToResumeError */
export function requireResumePoint(session: Session): ResumePoint {
  const point = resumePointOf(session);
  if (point === undefined) throw new NothingToResumeError(session.id);
  return point;
}

function resumePointOf(session: Session): ResumePoint | undefined {
  let later = false;
  for (const entry of session.branch().toReversed()) {
    later ||= beginsRun(entry);
    const point = pointAt(entry, session);
    // The answer to what was said before is none to a message that its host did not live to store.
    if (point?.kind === "answered" && later) return undefined;
    if (point !== undefined) return point;
  }
  return session.messages.length === 0 ? undefined : { kind: "ask" };
}

/** Whether a run began here that had a message of its own. */
function beginsRun(entry: SessionEntry): boolean {
  if (entry.type !== "custom" || entry.customType !== RUN_START) return false;
  const { data } = entry;
  const runId = typeof data === "object" && data !== null && "runId" in data ? data.runId : undefined;
  return typeof runId === "string" && !isResumedRun(runId);
}

/** @returns undefined where what stands before the entry decides */
function pointAt(entry: SessionEntry, session: Session): ResumePoint | undefined {
  if (entry.type === "custom_message") return { kind: "ask" };
  if (entry.type !== "message") return undefined;
  const { message } = entry;
  if (message.role === "user") return { kind: "ask" };
  if (message.role !== "assistant") return undefined;
  const { stopReason, content } = message;
  // What did not come to its end is no answer.
  if (stopReason !== "stop" && stopReason !== "toolUse" && stopReason !== "length") return undefined;
  if (content.some((block) => block.type === "toolCall")) {
    const calls = session.unansweredCalls();
    if (calls.length === 0) return { kind: "ask" };
    return { kind: stopReason === "length" ? "cut" : "tools", calls };
  }
  return textOf(message) === "" ? undefined : { kind: "answered", message };
}
