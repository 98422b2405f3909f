import { unfinishedResult } from "./context/answer-parts.ts";
import type { ConversationPart } from "./context/visible-message.ts";
import type { Repair } from "./driver.ts";
import type { NewEntry, SessionEntry } from "./entries.ts";
import type { SessionInfo } from "./info.ts";
import type { Message, ToolCall } from "./messages.ts";

/** A session that this holder, and nobody else, may write. Closing it gives it free. */
export interface Session extends AsyncDisposable {
  readonly id: string;
  /** Nothing was stored in it when it was opened. */
  readonly isNew: boolean;
  readonly info: SessionInfo;
  /** What was put right while opening. */
  readonly repairs: readonly Repair[];
  /** What the model is to see, with what was appended; in an order and a form that its providers take. */
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
  /**
   * The current branch, from the first entry that the model sees, or from the user's last message where that
   * stands before it.
   */
  branch(): readonly SessionEntry[];
  /** What the model is to see, with the entries that it stands in. */
  parts(): readonly ConversationPart[];
  /** The last thing that the user said, also where a summary stands for it. */
  lastRequest(): Message | undefined;
  /** The tool calls of the last answer that have no result, where nothing was said since. */
  unansweredCalls(): readonly ToolCall[];
  /**
   * Makes the conversation shorter at once: a summary takes the place of what comes before an entry,
   * texts of tool results are cut to a length, or both. The transcript keeps all that was said.
   */
  compact(compaction: Compaction): Promise<void>;
  /**
   * Goes on after an earlier entry: a branch. The entries after it stay in the transcript, and the model does
   * not see them any more.
   *
   * @param entryId null: before the first entry
   * @throws SessionEntryError when there is no such entry, and what `append` throws
   */
  moveTo(entryId: string | null, options?: MoveOptions): Promise<void>;
  /** @param title see `SessionStore.rename` */
  rename(title: string | undefined): Promise<void>;
  /** @param entryId of an entry of any branch. @throws SessionEntryError, SessionOptionsError */
  label(entryId: string, label: string | undefined): Promise<void>;
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

export interface MoveOptions {
  /** Tells the model what happened on the branch that is left. */
  readonly summary?: string | undefined;
}

/** How a conversation is made shorter. */
export interface Compaction {
  readonly summary?:
    | { readonly summary: string; readonly firstKeptEntryId: string; readonly tokensBefore: number }
    | undefined;
  /** Of what was said so far. */
  readonly maxResultChars?: number | undefined;
  /** The first entry whose tool results stay as they are; default: all are cut. */
  readonly cutBeforeId?: string | undefined;
}

/** Gives tool calls that an earlier run left without a result one that says so. */
export async function answerOrphans(session: Session): Promise<void> {
  const unanswered = session.unansweredCalls();
  if (unanswered.length > 0)
    await session.appendMessages(unanswered.map((call) => unfinishedResult(call, Date.now())));
}
