import type { SessionEntry } from "../entries.ts";
import type { ImageContent, Message } from "../messages.ts";

/** What people are shown of an entry. */
export interface Passage {
  readonly kind: "user" | "assistant" | "tool" | "system" | "note";
  readonly heading: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly blocks: readonly PassageBlock[];
}

export type PassageBlock =
  | { readonly type: "text" | "thinking"; readonly text: string }
  /** What goes to a tool or comes from it, to be shown as it is. */
  | { readonly type: "verbatim"; readonly label: string; readonly text: string }
  | ImageContent;

/** @returns undefined for an entry that people are not shown */
export function passageOf(entry: SessionEntry): Passage | undefined {
  const { timestamp } = entry;
  const note = (heading: string, text: string): Passage => ({
    kind: "note",
    heading,
    timestamp,
    blocks: text === "" ? [] : [{ type: "text", text }],
  });
  switch (entry.type) {
    case "message":
      return { ...messagePassage(entry.message), timestamp };
    case "model_change":
      return note(`Model: ${entry.provider}/${entry.modelId}`, "");
    case "compaction":
      return note("Summary of the conversation so far", entry.summary);
    case "branch_summary":
      return note("Summary of a branch that was left", entry.summary);
    case "custom_message":
      if (!entry.display) return undefined;
      return { kind: "note", heading: entry.customType, timestamp, blocks: blocksOf(entry.content) };
    default:
      return undefined;
  }
}

function messagePassage(message: Message): Omit<Passage, "timestamp"> {
  switch (message.role) {
    case "user":
      return { kind: "user", heading: "User", blocks: blocksOf(message.content) };
    case "system":
      return { kind: "system", heading: "System", blocks: blocksOf(message.content) };
    case "toolResult": {
      const heading = message.isError ? `Error of ${message.toolName}` : `Result of ${message.toolName}`;
      const blocks = blocksOf(message.content).map(
        (block): PassageBlock =>
          block.type === "text" ? { type: "verbatim", label: "", text: block.text } : block,
      );
      return { kind: "tool", heading, blocks };
    }
    case "assistant": {
      const broken = message.stopReason === "aborted" || message.stopReason === "error";
      // Another program's file may have anything there.
      const model = typeof message.model === "string" ? ` (${message.model})` : "";
      const heading = `Assistant${model}${broken ? ", broken off" : ""}`;
      return { kind: "assistant", heading, blocks: message.content.flatMap(answerBlock) };
    }
  }
}

function answerBlock(block: Extract<Message, { role: "assistant" }>["content"][number]): PassageBlock[] {
  switch (block.type) {
    case "text":
      return block.text === "" ? [] : [block];
    case "thinking":
      return block.thinking === "" ? [] : [{ type: "thinking", text: block.thinking }];
    case "toolCall": {
      const text = JSON.stringify(block.arguments, undefined, 2);
      return [{ type: "verbatim", label: `Calls ${block.name}`, text }];
    }
    default:
      // A kind that another program wrote.
      return [];
  }
}

function blocksOf(content: Extract<Message, { role: "user" | "system" }>["content"]): PassageBlock[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return content.filter((block) => block.type === "text" || block.type === "image");
}
