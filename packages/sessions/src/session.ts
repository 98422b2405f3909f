import { randomBytes } from "node:crypto";
import {
  type ConversationPart,
  conversationOf,
  conversationParts,
  lastUserMessage,
  missingToolResults,
} from "./context/conversation.ts";
import { resultLimitEntry } from "./context/result-limit.ts";
import type { Repair, SessionLog } from "./driver.ts";
import type { NewEntry, SessionEntry, SessionHeader } from "./entries.ts";
import { SessionClosedError } from "./errors.ts";
import { infoOfHeader, infoWith, RUN_END, RUN_START, type SessionInfo } from "./info.ts";
import type { Message } from "./messages.ts";

/** A session that this holder, and nobody else, may write. Closing it gives it free. */
export interface Session extends AsyncDisposable {
  readonly id: string;
  /** Nothing was stored in it when it was opened. */
  readonly isNew: boolean;
  readonly info: SessionInfo;
  /** What was put right while opening. */
  readonly repairs: readonly Repair[];
  /** What the model is to see, with what was appended. */
  readonly messages: readonly Message[];
  /**
   * Adds entries, each the child of the one before. They are there at once; when the promise resolves they are
   * stored for good, through a kill and a power cut. Calls need not wait for each other: those that come
   * while the disk is busy are stored together.
   *
   * @throws TranscriptWriteError, SessionLockLostError, SessionClosedError, SessionEntryError
   */
  append(entries: NewEntry | readonly NewEntry[]): Promise<readonly SessionEntry[]>;
  /** Adds messages, and notes the model that answers where it changed. */
  appendMessages(messages: readonly Message[], model?: UsedModel): Promise<void>;
  /** The current branch, from the first entry that the model sees. */
  branch(): readonly SessionEntry[];
  /** What the model is to see, with the entries that it stands in. */
  parts(): readonly ConversationPart[];
  /** The last thing that the user said, also where a summary stands for it. */
  lastRequest(): Message | undefined;
  /**
   * Makes the conversation shorter at once: a summary takes the place of what comes before an entry,
   * texts of tool results are cut to a length, or both. The transcript keeps all that was said.
   */
  compact(compaction: Compaction): Promise<void>;
  /**
   * Marks that a run begins. Until its end is marked, the run is open; where nobody holds the session any more,
   * it was interrupted.
   */
  beginRun(runId: string): Promise<void>;
  endRun(runId: string, status: string): Promise<void>;
  close(): Promise<void>;
}

export interface UsedModel {
  readonly provider: string;
  readonly modelId: string;
}

/** How a conversation is made shorter. */
export interface Compaction {
  readonly summary?:
    | { readonly summary: string; readonly firstKeptEntryId: string; readonly tokensBefore: number }
    | undefined;
  /** Of what was said so far. */
  readonly maxResultChars?: number | undefined;
}

/** What a session is made of. */
export interface SessionParts {
  readonly id: string;
  readonly log: SessionLog;
  /** What was read of the transcript, first to last. */
  readonly entries: readonly SessionEntry[];
  /** For a session that is not there yet. */
  readonly header: SessionHeader;
}

/** @param parts of a log that nobody else uses */
export function createSession({ id, log, entries: read, header }: SessionParts): Session {
  const entries = [...read];
  const isNew = log.info === undefined;
  let info = log.info ?? infoOfHeader(header);
  let pendingHeader = isNew;
  let messages = conversationOf(entries);
  let closed = false;

  const append = async (added: readonly NewEntry[]): Promise<readonly SessionEntry[]> => {
    if (closed) throw new SessionClosedError(`session "${id}"`);
    if (added.length === 0) return [];
    const lines = pendingHeader ? [JSON.stringify(header)] : [];
    pendingHeader = false;
    const made = added.map((content): SessionEntry => {
      const entry = { id: entryId(), parentId: info.leafId, timestamp: new Date().toISOString(), ...content };
      info = infoWith(info, entry);
      lines.push(entryLine(entry));
      entries.push(entry);
      return entry;
    });
    await log.append(lines, info);
    return made;
  };
  const session: Session = {
    id,
    isNew,
    repairs: log.repairs,
    get info() {
      return info;
    },
    get messages() {
      return messages;
    },
    append: async (given) => {
      const stored = append("type" in given ? [given] : given);
      messages = conversationOf(entries);
      return stored;
    },
    appendMessages: async (added, used) => {
      const news: NewEntry[] = added.map((message) => ({ type: "message", message }));
      if (used !== undefined && (used.provider !== info.provider || used.modelId !== info.model))
        news.unshift({ type: "model_change", ...used });
      const stored = append(news);
      messages = [...messages, ...added];
      await stored;
    },
    branch: () => entries,
    parts: () => conversationParts(entries),
    lastRequest: () => lastUserMessage(entries),
    compact: async ({ summary, maxResultChars }) => {
      const added: NewEntry[] = [];
      if (maxResultChars !== undefined) added.push(resultLimitEntry(maxResultChars));
      if (summary !== undefined) added.push({ type: "compaction", ...summary });
      await session.append(added);
    },
    beginRun: async (runId) => {
      await append([{ type: "custom", customType: RUN_START, data: { runId } }]);
    },
    endRun: async (runId, status) => {
      await append([{ type: "custom", customType: RUN_END, data: { runId, status } }]);
    },
    close: async () => {
      closed = true;
      await log.close();
    },
    [Symbol.asyncDispose]: () => session.close(),
  };
  return session;
}

/** Gives tool calls that an earlier run left without a result one that says so. */
export async function answerOrphans(session: Session): Promise<void> {
  const unanswered = missingToolResults(session.messages);
  if (unanswered.length > 0) await session.appendMessages(unanswered);
}

/** Sixteen hexadecimal digits: in a transcript of a million entries two are alike with a chance of 3 in 10^8. */
function entryId(): string {
  return randomBytes(8).toString("hex");
}

/** In pi's order of fields. */
function entryLine({ type, ...rest }: SessionEntry): string {
  return JSON.stringify({ type, ...rest });
}
