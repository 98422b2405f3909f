import type { DriverPage, DriverQuery, SessionDriver, SessionLog, StoredLine } from "../driver.ts";
import { SessionBusyError, SessionNotFoundError } from "../errors.ts";
import type { SessionInfo } from "../info.ts";
import { formatCursor, parseCursor } from "../list/cursor.ts";
import { comparePositions, positionOf } from "../list/sort-key.ts";
import { matcherOf } from "./matcher.ts";
import { createTurns } from "./turns.ts";

interface MemorySession {
  readonly lines: string[];
  info: SessionInfo;
}

const HOLDER = "in this process's memory";

/**
 * Keeps sessions in the memory of this process, for tests and for what need not last. A list looks at all
 * sessions. Two drivers have nothing in common.
 */
export function memoryDriver(): SessionDriver {
  const sessions = new Map<string, MemorySession>();
  const turns = createTurns();
  return {
    name: "memory",
    open: async (id, options) => {
      const leave = await turns.enter(id, { ...options, busy: () => new SessionBusyError(id, HOLDER) });
      return openLog(sessions, id, leave);
    },
    read: async function* (id) {
      const session = sessions.get(id);
      if (session === undefined) throw new SessionNotFoundError(id);
      yield* storedLines(session.lines);
    },
    get: async (id) => sessions.get(id)?.info,
    list: async (query) => {
      const infos = Array.from(sessions.values(), ({ info }) => info);
      return pageOf(infos, query);
    },
    delete: async (id) => {
      if (turns.isTaken(id)) throw new SessionBusyError(id, HOLDER);
      if (!sessions.delete(id)) throw new SessionNotFoundError(id);
    },
    isOpen: async (id) => turns.isTaken(id),
    reindex: async () => undefined,
    close: async () => undefined,
  };
}

function openLog(sessions: Map<string, MemorySession>, id: string, leave: () => void): SessionLog {
  return {
    info: sessions.get(id)?.info,
    repairs: [],
    readBackward: async function* () {
      yield* storedLines(sessions.get(id)?.lines ?? []).toReversed();
    },
    append: async (lines, info) => {
      const session = sessions.get(id) ?? { lines: [], info };
      for (const line of lines) session.lines.push(line);
      session.info = info;
      sessions.set(id, session);
    },
    close: async () => leave(),
  };
}

/** As they are now. Offsets count lines. */
function storedLines(lines: readonly string[]): StoredLine[] {
  return lines.map((text, offset) => ({ offset, text }));
}

function pageOf(infos: readonly SessionInfo[], query: DriverQuery): DriverPage {
  const after = parseCursor(query);
  const direction = query.order === "asc" ? 1 : -1;
  const found = infos
    .filter(matcherOf(query))
    .map((info) => ({ info, position: positionOf(info, query.sort) }))
    .filter(({ position }) => after === undefined || direction * comparePositions(position, after) > 0)
    .toSorted((a, b) => direction * comparePositions(a.position, b.position));
  const page = found.slice(0, query.limit);
  const last = page.at(-1);
  const sessions = page.map(({ info }) => info);
  if (last === undefined || found.length === page.length) return { sessions };
  return { sessions, cursor: formatCursor(query, last.position) };
}
