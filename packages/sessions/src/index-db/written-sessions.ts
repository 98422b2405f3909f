import { statSync } from "node:fs";
import type { TranscriptPlace } from "../files/transcript-check.ts";
import type { SessionInfo } from "../info.ts";
import type { IndexFile } from "./index-file.ts";
import type { KnownSession, SessionRows } from "./rows.ts";

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

/** What has to be known to tell an index of sessions. */
export interface WrittenOptions {
  index(): IndexFile;
  /** How this process names itself in the index. */
  readonly owner: string;
  placeOf(id: string): TranscriptPlace;
}

export function createWrittenSessions({ index, owner, placeOf }: WrittenOptions): WrittenSessions {
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
          if (ended) tellEnd(rows, { id, owner, known: changed ? known : undefined, path: placeOf(id).path });
          else {
            if (changed && known !== undefined) rows.put(known);
            rows.mark(id, owner);
          }
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

interface Ended {
  readonly id: string;
  readonly owner: string;
  /** What the index has not been told yet. */
  readonly known: KnownSession | undefined;
  readonly path: string;
}

/** An index that could not be written for a while is told late: others may have written the session since, or deleted it. */
function tellEnd(rows: SessionRows, { id, owner, known, path }: Ended): void {
  const file = stateNow(path);
  if (file === "gone") rows.remove(id);
  else if (known !== undefined && (file.size === known.bytes || file.mtimeMs === known.modified))
    rows.put(known);
  if (rows.ownerOf(id) === owner) rows.unmark(id);
}

function stateNow(path: string): { readonly size: number; readonly mtimeMs: number } | "gone" {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? "gone";
  } catch {
    // Whatever hinders this look must not hold back what there is to tell of others.
    return { size: -1, mtimeMs: -1 };
  }
}
