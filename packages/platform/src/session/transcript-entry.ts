import type { Message } from "@earendil-works/pi-ai";

/**
 * Entries of pi's session format, version 3: JSON lines, the first one a header; each further entry
 * names its parent, so that a file is a tree and its last entry the leaf of the current branch.
 */
export interface TranscriptHeader {
  readonly type: "session";
  readonly version: 3;
  readonly id: string;
  readonly timestamp: string;
  readonly cwd: string;
}

interface EntryBase {
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

/** A program's own entry, which others skip. */
export interface CustomEntry extends EntryBase {
  readonly type: "custom";
  readonly customType: string;
  readonly data: unknown;
}

/** An entry of a kind that says nothing about the conversation, or that this version does not know. */
export interface OtherEntry extends EntryBase {
  readonly type: "other";
}

type OwnEntry = MessageEntry | ModelChangeEntry | CompactionEntry | CustomEntry;

export type TranscriptEntry = OwnEntry | OtherEntry;

type WithoutBase<E> = E extends EntryBase ? Omit<E, keyof EntryBase> : never;

/** What this package itself adds to a transcript; the file gives id, parent and time. */
export type NewEntry = WithoutBase<OwnEntry>;

/** @returns undefined when the line is no version 3 header */
export function parseHeader(value: unknown): TranscriptHeader | undefined {
  if (!isRecord(value) || value.type !== "session" || value.version !== 3) return undefined;
  const { id, timestamp, cwd } = value;
  if (typeof id !== "string" || typeof timestamp !== "string") return undefined;
  return { type: "session", version: 3, id, timestamp, cwd: typeof cwd === "string" ? cwd : "" };
}

/** @returns undefined when the line is no entry at all; a kind that is not known is an entry of type `other` */
export function parseEntry(value: unknown): TranscriptEntry | undefined {
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
    default:
      return { ...base, type: "other" };
  }
}

const ROLES = new Set(["system", "user", "assistant", "toolResult"]);

/** A role that another program gave to a message of its own is no part of the conversation. */
function parseMessageEntry(base: EntryBase, message: unknown): TranscriptEntry | undefined {
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

function isBlocks(value: unknown): boolean {
  return Array.isArray(value) && value.every((block) => isRecord(block) && typeof block.type === "string");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
