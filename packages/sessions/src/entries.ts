import type { Message, UserMessage } from "./messages.ts";

/**
 * Entries of pi's session format, version 3: JSON lines, the first one a header; each further entry
 * names its parent, so that a file is a tree and its last entry the leaf of the current branch.
 */
export interface SessionHeader {
  readonly type: "session";
  readonly version: 3;
  readonly id: string;
  readonly timestamp: string;
  readonly cwd: string;
  /** The session that this one was forked from: its id here, a path in pi's own files. */
  readonly parentSession?: string | undefined;
}

/** What all entries have. */
export interface EntryBase {
  readonly id: string;
  readonly parentId: string | null;
  /** ISO 8601. */
  readonly timestamp: string;
}

export interface MessageEntry extends EntryBase {
  readonly type: "message";
  readonly message: Message;
}

export interface ModelChangeEntry extends EntryBase {
  readonly type: "model_change";
  readonly provider: string;
  readonly modelId: string;
}

export interface CompactionEntry extends EntryBase {
  readonly type: "compaction";
  /** Stands for all that comes before the first kept entry. */
  readonly summary: string;
  readonly firstKeptEntryId: string;
  /** Estimated size of the conversation before; undefined where whoever wrote it did not say. */
  readonly tokensBefore?: number | undefined;
}

/** Stands for a branch that was left, where the talk goes on at an entry before it. */
export interface BranchSummaryEntry extends EntryBase {
  readonly type: "branch_summary";
  /** The last entry of the branch that was left, or the entry at which it began. */
  readonly fromId: string;
  readonly summary: string;
}

/** A program's own entry, which others skip, and which the model does not see. */
export interface CustomEntry extends EntryBase {
  readonly type: "custom";
  readonly customType: string;
  readonly data?: unknown;
}

/** A program's own entry that the model sees, as words of the user. */
export interface CustomMessageEntry extends EntryBase {
  readonly type: "custom_message";
  readonly customType: string;
  readonly content: UserMessage["content"];
  /** Whether people are shown it. */
  readonly display: boolean;
  readonly details?: unknown;
}

/** Marks an entry for people, or takes the mark away. */
export interface LabelEntry extends EntryBase {
  readonly type: "label";
  readonly targetId: string;
  readonly label?: string | undefined;
}

/** Names the session. */
export interface SessionInfoEntry extends EntryBase {
  readonly type: "session_info";
  readonly name?: string | undefined;
}

/** An entry of a kind that says nothing about the conversation, or that this version does not know. */
export interface OtherEntry extends EntryBase {
  readonly type: "other";
}

type OwnEntry =
  | MessageEntry
  | ModelChangeEntry
  | CompactionEntry
  | BranchSummaryEntry
  | CustomEntry
  | CustomMessageEntry
  | LabelEntry
  | SessionInfoEntry;

export type SessionEntry = OwnEntry | OtherEntry;

type WithoutBase<E> = E extends EntryBase ? Omit<E, keyof EntryBase> : never;

/** What this package itself adds to a transcript; the file gives id, parent and time. */
export type NewEntry = WithoutBase<OwnEntry>;

/** @returns undefined when the line is no version 3 header */
export function parseHeader(value: unknown): SessionHeader | undefined {
  if (!isRecord(value) || value.type !== "session" || value.version !== 3) return undefined;
  const { id, timestamp, cwd, parentSession } = value;
  if (typeof id !== "string" || typeof timestamp !== "string") return undefined;
  const parent = typeof parentSession === "string" ? { parentSession } : {};
  return { type: "session", version: 3, id, timestamp, cwd: typeof cwd === "string" ? cwd : "", ...parent };
}

/** @returns undefined when the line is no entry at all; a kind that is not known is an entry of type `other` */
export function parseEntry(value: unknown): SessionEntry | undefined {
  if (!isRecord(value)) return undefined;
  const { type, id, parentId, timestamp } = value;
  if (typeof type !== "string" || typeof id !== "string" || typeof timestamp !== "string") return undefined;
  if (parentId !== null && typeof parentId !== "string") return undefined;
  const base = { id, parentId, timestamp };
  switch (type) {
    case "message":
      return parseMessageEntry(base, value.message);
    case "model_change": {
      const { provider, modelId } = value;
      if (typeof provider !== "string" || typeof modelId !== "string") return undefined;
      return { ...base, type, provider, modelId };
    }
    case "compaction": {
      const { summary, firstKeptEntryId, tokensBefore } = value;
      if (typeof summary !== "string" || typeof firstKeptEntryId !== "string") return undefined;
      const tokens = typeof tokensBefore === "number" ? { tokensBefore } : {};
      return { ...base, type, summary, firstKeptEntryId, ...tokens };
    }
    case "custom": {
      const { customType, data } = value;
      return typeof customType === "string"
        ? { ...base, type, customType, data }
        : { ...base, type: "other" };
    }
    case "branch_summary": {
      const { fromId, summary } = value;
      return typeof fromId === "string" && typeof summary === "string"
        ? { ...base, type, fromId, summary }
        : undefined;
    }
    case "custom_message": {
      const { customType, content, display, details } = value;
      if (typeof customType !== "string" || !isWords(content)) return undefined;
      return { ...base, type, customType, content, display: display === true, details };
    }
    case "label": {
      const { targetId, label } = value;
      if (typeof targetId !== "string") return undefined;
      return { ...base, type, targetId, ...(typeof label === "string" && label !== "" ? { label } : {}) };
    }
    case "session_info": {
      const { name } = value;
      return { ...base, type, ...(typeof name === "string" && name !== "" ? { name } : {}) };
    }
    default:
      return { ...base, type: "other" };
  }
}

const ROLES = new Set(["system", "user", "assistant", "toolResult"]);

/** A role that another program gave to a message of its own is no part of the conversation. */
function parseMessageEntry(base: EntryBase, message: unknown): SessionEntry | undefined {
  if (isMessage(message)) return { ...base, type: "message", message };
  if (!isRecord(message) || typeof message.role !== "string" || ROLES.has(message.role)) return undefined;
  return { ...base, type: "other" };
}

/** The file is written by the host alone, so a message is known by its role and by having content. */
function isMessage(value: unknown): value is Message {
  if (!isRecord(value) || typeof value.role !== "string") return false;
  const { content } = value;
  switch (value.role) {
    case "system":
    case "user":
      return typeof content === "string" || isBlocks(content);
    case "assistant":
      return isBlocks(content);
    case "toolResult":
      return isBlocks(content) && typeof value.toolCallId === "string" && typeof value.toolName === "string";
    default:
      return false;
  }
}

function isWords(value: unknown): value is UserMessage["content"] {
  return typeof value === "string" || isBlocks(value);
}

function isBlocks(value: unknown): boolean {
  return Array.isArray(value) && value.every(isBlock);
}

/** Of a kind that is not known only that it has a name. */
function isBlock(block: unknown): boolean {
  if (!isRecord(block)) return false;
  switch (block.type) {
    case "text":
      return typeof block.text === "string";
    case "thinking":
      return typeof block.thinking === "string";
    case "image":
      return typeof block.data === "string" && typeof block.mimeType === "string";
    case "toolCall":
      return typeof block.id === "string" && typeof block.name === "string" && isRecord(block.arguments);
    default:
      return typeof block.type === "string";
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
