import type { Message } from "@earendil-works/pi-ai";
import { WorkspaceNotFoundError } from "../errors/state-errors.ts";
import { errorCode } from "../state/io-error.ts";
import { conversationOf, missingToolResults, modelOf } from "./conversation.ts";
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
  /** Gives the session free. */
  close(): Promise<void>;
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
  const messages = conversationOf(transcript.entries);
  const unanswered = missingToolResults(messages);
  let model = modelOf(transcript.entries);
  const session: Session = {
    id: sessionId,
    messages,
    append: (added, used) => {
      messages.push(...added);
      const entries: NewEntry[] = added.map((message) => ({ type: "message", message }));
      if (used !== undefined && (used.provider !== model?.provider || used.modelId !== model.modelId)) {
        model = used;
        entries.unshift({ type: "model_change", provider: used.provider, modelId: used.modelId });
      }
      return transcript.append(entries);
    },
    close: async () => {
      await transcript.close();
      await lock.release();
    },
  };
  if (unanswered.length > 0) await session.append(unanswered);
  return session;
}
