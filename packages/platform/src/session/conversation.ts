import type { AssistantMessage, Message, ToolResultMessage } from "@earendil-works/pi-ai";
import type { TranscriptEntry } from "./transcript-entry.ts";

const COMPACTED = "The conversation before this point was compacted into this summary:";

const UNFINISHED =
  "The run ended before this tool call had a result. It may have been carried out wholly, in part, or not at all.";

/**
 * The messages that the model is to see: the branch from the last entry back to the first, with all
 * that the latest compaction stands for replaced by its summary.
 */
export function conversationOf(entries: readonly TranscriptEntry[]): Message[] {
  const branch = branchOf(entries);
  const compaction = branch.findLast((entry) => entry.type === "compaction");
  if (compaction === undefined) return messagesOf(branch);
  const kept = branch.findIndex((entry) => entry.id === compaction.firstKeptEntryId);
  const summary: Message = {
    role: "user",
    content: `${COMPACTED}\n\n${compaction.summary}`,
    timestamp: Date.parse(compaction.timestamp),
  };
  return [
    summary,
    ...messagesOf(kept === -1 ? branch.slice(branch.indexOf(compaction)) : branch.slice(kept)),
  ];
}

/** Provider and model of the last `model_change` on the branch, if there is one. */
export function modelOf(
  entries: readonly TranscriptEntry[],
): { provider: string; modelId: string } | undefined {
  return branchOf(entries).findLast((entry) => entry.type === "model_change");
}

/**
 * A run that died in the middle of its tool calls leaves calls without a result, which providers
 * refuse. These are the results to append for them: errors that say what is known.
 */
export function missingToolResults(messages: readonly Message[]): ToolResultMessage[] {
  const last = messages.findLastIndex((message) => message.role === "assistant");
  const assistant = messages[last];
  if (assistant?.role !== "assistant") return [];
  const after = messages.slice(last + 1);
  // The talk went on without the results: too late to put them in their place.
  if (after.some((message) => message.role === "user")) return [];
  const answered = new Set(
    after.flatMap((message) => (message.role === "toolResult" ? message.toolCallId : [])),
  );
  return toolCallsOf(assistant)
    .filter((call) => !answered.has(call.id))
    .map((call) => ({
      role: "toolResult",
      toolCallId: call.id,
      toolName: call.name,
      content: [{ type: "text", text: UNFINISHED }],
      isError: true,
      timestamp: Date.now(),
    }));
}

function toolCallsOf(message: AssistantMessage) {
  return message.content.filter((block) => block.type === "toolCall");
}

function messagesOf(entries: readonly TranscriptEntry[]): Message[] {
  return entries.flatMap((entry) => (entry.type === "message" ? entry.message : []));
}

function branchOf(entries: readonly TranscriptEntry[]): TranscriptEntry[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const branch: TranscriptEntry[] = [];
  // A parent always stands before its child in the file (the reader checks it), so this ends.
  for (let entry = entries.at(-1); entry !== undefined; ) {
    branch.push(entry);
    entry = entry.parentId === null ? undefined : byId.get(entry.parentId);
  }
  return branch.reverse();
}
