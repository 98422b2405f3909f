import type {
  BranchSummaryEntry,
  CompactionEntry,
  CustomMessageEntry,
  MessageEntry,
  SessionEntry,
} from "../entries.ts";
import type { Message } from "../messages.ts";

/** An entry that the model sees something of. */
export type VisibleEntry = MessageEntry | CompactionEntry | BranchSummaryEntry | CustomMessageEntry;

/** A message that the model is to see, and the entry that it stands in, or that it had to be made for. */
export interface ConversationPart {
  readonly entry: VisibleEntry;
  readonly message: Message;
}

const COMPACTED = "The conversation before this point was compacted into this summary:";
const BRANCHED = "The conversation left another branch at this point, of which this is the summary:";

/** What the model sees of an entry; undefined for one that it does not see. */
export function partOf(entry: SessionEntry): ConversationPart | undefined {
  const timestamp = Date.parse(entry.timestamp);
  switch (entry.type) {
    case "message":
      return { entry, message: entry.message };
    case "compaction":
      return { entry, message: { role: "user", content: `${COMPACTED}\n\n${entry.summary}`, timestamp } };
    case "branch_summary":
      return { entry, message: { role: "user", content: `${BRANCHED}\n\n${entry.summary}`, timestamp } };
    case "custom_message":
      return { entry, message: { role: "user", content: entry.content, timestamp } };
    default:
      return undefined;
  }
}
