import type { SessionEntry } from "../entries.ts";
import type { Message, ToolCall } from "../messages.ts";
import { isPartial } from "./answer-parts.ts";
import { repaired } from "./repair.ts";
import { type ResultLimit, resultLimitIn } from "./result-limit.ts";
import { withShortResults } from "./shortened.ts";
import { type ConversationPart, partOf } from "./visible-message.ts";

/**
 * What the model is to see of a branch, first to last. All that the latest compaction stands for is replaced
 * by its summary, tool results under a limit are cut to it, and what providers would refuse is repaired.
 */
export function conversationParts(branch: readonly SessionEntry[]): ConversationPart[] {
  const compaction = branch.findLast((entry) => entry.type === "compaction");
  if (compaction === undefined) return repaired(partsOf(branch));
  const kept = branch.findIndex((entry) => entry.id === compaction.firstKeptEntryId);
  // Of several compactions only the latest speaks: its summary holds what the earlier ones said.
  const after = branch.slice(kept === -1 ? branch.indexOf(compaction) : kept);
  const others = after.filter((entry) => entry.type !== "compaction");
  return repaired([...partsOf([compaction]), ...partsOf(others)]);
}

/** The last thing that the user said on the branch, also where a summary stands for it. */
export function lastUserMessage(branch: readonly SessionEntry[]): Message | undefined {
  const found = branch.findLast((entry) => entry.type === "message" && entry.message.role === "user");
  return found?.type === "message" ? found.message : undefined;
}

/** The calls of the last answer that have no result, where the talk has not gone on without them. */
export function unansweredCalls(branch: readonly SessionEntry[]): ToolCall[] {
  const answered = new Set<string>();
  for (const entry of branch.toReversed()) {
    const message = partOf(entry)?.message;
    if (message === undefined || message.role === "system") continue;
    if (message.role === "user") return [];
    if (message.role === "toolResult") answered.add(message.toolCallId);
    else if (isPartial(message)) return [];
    else
      return message.content
        .filter((block) => block.type === "toolCall" && !answered.has(block.id))
        .flatMap((block) => (block.type === "toolCall" ? block : []));
  }
  return [];
}

function partsOf(branch: readonly SessionEntry[]): ConversationPart[] {
  const parts: ConversationPart[] = [];
  const waiting: ResultLimit[] = [];
  let maxChars = Number.POSITIVE_INFINITY;
  for (const entry of branch.toReversed()) {
    // The strictest limit that comes after holds, so that what was made short stays so.
    const limit = resultLimitIn(entry);
    if (limit?.beforeId === undefined) maxChars = Math.min(maxChars, limit?.maxChars ?? maxChars);
    else waiting.push(limit);
    const part = partOf(entry);
    if (part !== undefined)
      parts.push({ entry: part.entry, message: withShortResults(part.message, maxChars) });
    for (const { beforeId, maxChars: most } of waiting)
      if (beforeId === entry.id) maxChars = Math.min(maxChars, most);
  }
  return parts.reverse();
}
