import type { AssistantMessage, Session, SessionEntry, ToolCall } from "@cloison/sessions";
import { NothingToResumeError } from "../errors/session-errors.ts";
import { textOf } from "./messages.ts";

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
  for (const entry of session.branch().toReversed()) {
    const point = pointAt(entry, session);
    if (point !== undefined) return point;
  }
  return session.messages.length === 0 ? undefined : { kind: "ask" };
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
