import type { SessionInfo } from "../info.ts";
import type { IndexFile } from "./index-file.ts";
import type { KnownSession } from "./rows.ts";

/** A session that this process writes, or wrote a moment ago. */
export interface WrittenSession {
  known: KnownSession | undefined;
  /** The index has another row. */
  changed: boolean;
  /** The index knows that it is being written. */
  marked: boolean;
  /** Nobody writes it any more; forgotten once the index has its row. */
  ended: boolean;
}

/** What this process has still to tell the index, many sessions in one transaction. */
export interface WrittenSessions {
  get(id: string): WrittenSession | undefined;
  set(id: string, session: WrittenSession): void;
  /** Lets the index know soon. */
  changed(session: WrittenSession, lines: readonly string[], info: SessionInfo): void;
  /** Lets the index know of everything now. What fails is tried again: the transcripts have it all. */
  flush(): Promise<void>;
  /** The index may be another one. */
  forgetMarks(): void;
  close(): void;
}

/** So long may another process's list be behind; one transaction then is for all that was added. */
const DELAY_MS = 25;
const RETRY_MS = 1000;

/** @param owner how this process names itself in the index */
export function createWrittenSessions(index: () => IndexFile, owner: string): WrittenSessions {
  const sessions = new Map<string, WrittenSession>();
  let timer: NodeJS.Timeout | undefined;
  const soon = (delay: number): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void flush();
    }, delay).unref();
  };
  const flush = async (): Promise<void> => {
    const due = [...sessions].filter(([, { changed, marked, ended }]) => changed || ended || !marked);
    if (due.length === 0) return;
    const told = due.map(([id, session]) => ({ id, session, ...session }));
    try {
      await index().write(({ rows }) => {
        for (const { id, session, known, changed, ended } of told) {
          // Opened anew since: the new one tells what there is.
          if (sessions.get(id) !== session) continue;
          if (changed && known !== undefined) rows.put(known);
          if (ended) rows.unmark(id);
          else rows.mark(id, owner);
        }
      });
    } catch {
      // A full disk, or no right to write here: the transcripts decide, and say so.
      soon(RETRY_MS);
      return;
    }
    for (const { id, session, known, ended } of told) {
      session.marked = true;
      if (session.known === known) session.changed = false;
      if (ended && sessions.get(id) === session) sessions.delete(id);
    }
  };
  return {
    get: (id) => sessions.get(id),
    set: (id, session) => {
      sessions.set(id, session);
    },
    changed: (session, lines, info) => {
      const added = lines.reduce((bytes, line) => bytes + Buffer.byteLength(line) + 1, 0);
      session.known = { info, bytes: (session.known?.bytes ?? 0) + added, modified: null };
      session.changed = true;
      soon(DELAY_MS);
    },
    flush,
    forgetMarks: () => {
      for (const session of sessions.values()) {
        session.marked = false;
        session.changed = session.known !== undefined;
      }
      if (sessions.size > 0) soon(DELAY_MS);
    },
    close: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
