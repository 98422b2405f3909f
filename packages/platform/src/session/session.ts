import type { Message } from "@earendil-works/pi-ai";
import { WorkspaceNotFoundError } from "../errors/state-errors.ts";
import { errorCode } from "../state/io-error.ts";
import {
  type ConversationPart,
  conversationOf,
  conversationParts,
  lastUserMessage,
  missingToolResults,
  modelOf,
} from "./conversation.ts";
import { resultLimitEntry } from "./result-limit.ts";
import { lockSession, type SessionLock } from "./session-lock.ts";
import type { NewEntry } from "./transcript-entry.ts";
import { openTranscript } from "./transcript-file.ts";

/** A session that this run, and no other, may go on with. */
export interface Session {
  readonly id: string;
  /** The conversation so far, with what was appended in this run. */
  readonly messages: readonly Message[];
  /**
   * Adds messages to the conversation at once and to the transcript in order; when the promise
   * resolves they are stored for good. The model that answers is noted where it changed.
   *
   * @throws TranscriptWriteError, SessionLockLostError
   */
  append(messages: readonly Message[], model?: { provider: string; modelId: string }): Promise<void>;
  /** The conversation with the entries that it stands in. */
  parts(): readonly ConversationPart[];
  /** The last thing that the user said, also where a summary stands for it. */
  lastRequest(): Message | undefined;
  /**
   * Makes the conversation shorter at once: a summary takes the place of what comes before an entry,
   * texts of tool results are cut to a length, or both. The transcript keeps all that was said; when the
   * promise resolves the compaction is stored for good.
   *
   * @throws TranscriptWriteError, SessionLockLostError
   */
  compact(compaction: Compaction): Promise<void>;
  /** Gives the session free. */
  close(): Promise<void>;
}

/** How a conversation is made shorter. */
export interface Compaction {
  readonly summary?:
    | { readonly summary: string; readonly firstKeptEntryId: string; readonly tokensBefore: number }
    | undefined;
  /** Of what was said so far. */
  readonly maxResultChars?: number | undefined;
}

/** Which session of which workspace. */
export interface SessionPlace {
  readonly userId: string;
  /** The workspace's `sessions` directory. */
  readonly directory: string;
  readonly sessionId: string;
}

/**
 * Opens a session for one run, and makes it if it is new. Tool calls that an earlier run left without
 * a result get one that says so.
 *
 * @throws SessionBusyError, TranscriptCorruptError, WorkspaceNotFoundError
 */
export async function openSession(place: SessionPlace): Promise<Session> {
  const lock = await takeLock(place);
  try {
    return await loadSession(place, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function takeLock({ userId, directory, sessionId }: SessionPlace): Promise<SessionLock> {
  try {
    return await lockSession(directory, sessionId);
  } catch (error) {
    if (errorCode(error) === "ENOENT") throw new WorkspaceNotFoundError(userId, error);
    throw error;
  }
}

async function loadSession({ directory, sessionId }: SessionPlace, lock: SessionLock): Promise<Session> {
  const transcript = await openTranscript(directory, sessionId, lock);
  const { entries } = transcript;
  let messages = conversationOf(entries);
  const unanswered = missingToolResults(messages);
  let model = modelOf(entries);
  const session: Session = {
    id: sessionId,
    get messages() {
      return messages;
    },
    append: (added, used) => {
      messages = [...messages, ...added];
      const entries: NewEntry[] = added.map((message) => ({ type: "message", message }));
      if (used !== undefined && (used.provider !== model?.provider || used.modelId !== model.modelId)) {
        model = used;
        entries.unshift({ type: "model_change", provider: used.provider, modelId: used.modelId });
      }
      return transcript.append(entries);
    },
    parts: () => conversationParts(entries),
    lastRequest: () => lastUserMessage(entries),
    compact: async ({ summary, maxResultChars }) => {
      const added: NewEntry[] = [];
      if (maxResultChars !== undefined) added.push(resultLimitEntry(maxResultChars));
      if (summary !== undefined) added.push({ type: "compaction", ...summary });
      const stored = transcript.append(added);
      messages = conversationOf(entries);
      await stored;
    },
    close: async () => {
      await transcript.close();
      await lock.release();
    },
  };
  if (unanswered.length > 0) await session.append(unanswered);
  return session;
}
