import type { EntryBase, SessionEntry, SessionHeader } from "./entries.ts";

/** What is known of a session without reading its transcript. */
export interface SessionInfo {
  readonly id: string;
  /** The name that people see, from the last `session_info` entry; undefined where none was given. */
  readonly title?: string | undefined;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Of the last entry, or of the header. ISO 8601. */
  readonly updatedAt: string;
  /** Who answered last. */
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  /** Labels of entries, by the entry's id. */
  readonly labels: Readonly<Record<string, string>>;
  /** How many entries the transcript has. */
  readonly entries: number;
  /** The last entry; null in a session without one. */
  readonly leafId: string | null;
  /** The session that this one was forked from. */
  readonly parentSession?: string | undefined;
  /** The run that has begun and not ended, see `Session.beginRun`. While its writer is gone, it is an interrupted one. */
  readonly openRun?: OpenRun | undefined;
}

/** What is known of a session, entry by entry. */
export interface InfoFold {
  add(entry: SessionEntry): void;
  readonly info: SessionInfo;
}

/** A run that has begun in a session. */
export interface OpenRun {
  readonly runId: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** Types of the `custom` entries that mark runs. Other programs skip them. */
export const RUN_START = "cloison.run_start";
export const RUN_END = "cloison.run_end";

/** What is known of a session that has no entry yet. */
export function infoOfHeader(header: SessionHeader): SessionInfo {
  const { id, timestamp, parentSession } = header;
  const parent = parentSession === undefined ? {} : { parentSession };
  return { id, createdAt: timestamp, updatedAt: timestamp, labels: {}, entries: 0, leafId: null, ...parent };
}

/**
 * What is known of it with further entries. Labels are put together at the end: with all copied for each further one,
 * 20,000 of them would take minutes.
 */
export function infoFold(start: SessionInfo): InfoFold {
  let info = start;
  let labels: Map<string, string> | undefined;
  return {
    add: (entry) => {
      if (entry.type !== "label") {
        info = { ...withEntry(info, entry), ...changeBy(info, entry) };
        return;
      }
      labels ??= new Map(Object.entries(start.labels));
      labels.delete(entry.targetId);
      if (entry.label !== undefined) labels.set(entry.targetId, entry.label);
      info = withEntry(info, entry);
    },
    get info() {
      return labels === undefined ? info : { ...info, labels: Object.fromEntries(labels) };
    },
  };
}

function withEntry(info: SessionInfo, entry: SessionEntry): SessionInfo {
  return { ...info, entries: info.entries + 1, leafId: entry.id, updatedAt: entry.timestamp };
}

function changeBy(info: SessionInfo, entry: SessionEntry): Partial<SessionInfo> {
  switch (entry.type) {
    case "session_info":
      return { title: entry.name };
    case "model_change":
      return { provider: entry.provider, model: entry.modelId };
    case "message":
      if (entry.message.role !== "assistant") return {};
      return { provider: textOrNone(entry.message.provider), model: textOrNone(entry.message.model) };
    case "custom":
      return runChange(info, entry);
    default:
      return {};
  }
}

/** The file may be another program's: of a message only role and content are known to be right. */
function textOrNone(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function runChange(
  { openRun }: SessionInfo,
  { customType, data, timestamp }: EntryBase & { readonly customType: string; readonly data?: unknown },
): Partial<SessionInfo> {
  const runId =
    typeof data === "object" && data !== null && "runId" in data && typeof data.runId === "string"
      ? data.runId
      : undefined;
  if (runId === undefined) return {};
  if (customType === RUN_START) return { openRun: { runId, startedAt: timestamp } };
  return customType === RUN_END && openRun?.runId === runId ? { openRun: undefined } : {};
}
