import type { CompactionEntry, MessageEntry, SessionEntry } from "../entries.ts";
import type { AssistantMessage, Message, ToolResultMessage } from "../messages.ts";
import { resultLimitIn } from "./result-limit.ts";
import { withShortResults } from "./shortened.ts";

const COMPACTED = "The conversation before this point was compacted into this summary:";

const UNFINISHED =
  "The run ended before this tool call had a result. It may have been carried out wholly, in part, or not at all.";

/** A message that the model is to see, and the entry that it stands in; a compaction's for its summary. */
export interface ConversationPart {
  readonly entry: MessageEntry | CompactionEntry;
  readonly message: Message;
}

/** What the model is to see, see {@link conversationParts}. */
export function conversationOf(entries: readonly SessionEntry[]): Message[] {
  return conversationParts(entries).map(({ message }) => message);
}

/**
 * The branch from the last entry back to the first. All that the latest compaction stands for is
 * replaced by its summary, and tool results before a limit on their length are cut to it.
 */
export function conversationParts(entries: readonly SessionEntry[]): ConversationPart[] {
  const branch = branchOf(entries);
  const compaction = branch.findLast((entry) => entry.type === "compaction");
  if (compaction === undefined) return partsOf(branch);
  const kept = branch.findIndex((entry) => entry.id === compaction.firstKeptEntryId);
  const after = branch.slice(kept === -1 ? branch.indexOf(compaction) : kept);
  return [{ entry: compaction, message: summaryMessage(compaction) }, ...partsOf(after)];
}

/** Provider and model of the last `model_change` on the branch, if there is one. */
export function modelOf(entries: readonly SessionEntry[]): { provider: string; modelId: string } | undefined {
  return branchOf(entries).findLast((entry) => entry.type === "model_change");
}

/** The last thing that the user said on the branch, also where a summary stands for it. */
export function lastUserMessage(entries: readonly SessionEntry[]): Message | undefined {
  const found = branchOf(entries).findLast(
    (entry) => entry.type === "message" && entry.message.role === "user",
  );
  return found?.type === "message" ? found.message : undefined;
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

function summaryMessage({ summary, timestamp }: CompactionEntry): Message {
  return { role: "user", content: `${COMPACTED}\n\n${summary}`, timestamp: Date.parse(timestamp) };
}

function partsOf(branch: readonly SessionEntry[]): ConversationPart[] {
  const parts: ConversationPart[] = [];
  let maxChars = Number.POSITIVE_INFINITY;
  for (const entry of branch.toReversed()) {
    // The strictest limit that comes after holds, so that what was made short stays so.
    maxChars = Math.min(maxChars, resultLimitIn(entry) ?? maxChars);
    if (entry.type === "message") parts.push({ entry, message: withShortResults(entry.message, maxChars) });
  }
  return parts.reverse();
}

function branchOf(entries: readonly SessionEntry[]): SessionEntry[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const branch: SessionEntry[] = [];
  // A parent always stands before its child in the file (the reader checks it), so this ends.
  for (let entry = entries.at(-1); entry !== undefined; ) {
    branch.push(entry);
    entry = entry.parentId === null ? undefined : byId.get(entry.parentId);
  }
  return branch.reverse();
}
