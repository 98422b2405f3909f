import type { DriverPlace } from "../../src/conformance/index.ts";
import type { DriverPage, DriverQuery, SessionDriver, SessionLog, StoredLine } from "../../src/driver.ts";
import { SessionNotFoundError } from "../../src/errors.ts";
import type { SessionInfo } from "../../src/info.ts";
import { formatCursor } from "../../src/list/cursor.ts";
import { positionOf } from "../../src/list/sort-key.ts";
import { memoryDriver } from "../../src/memory/memory-driver.ts";

type Change = (driver: SessionDriver) => Partial<SessionDriver>;

const broken = (change: Change) => (): DriverPlace => {
  const driver = memoryDriver();
  return { driver: { ...driver, ...change(driver) } };
};

const brokenLog = (change: (log: SessionLog, id: string) => Partial<SessionLog>) =>
  broken((driver) => ({
    open: async (id, options) => {
      const log = await driver.open(id, options);
      return { ...log, ...change(log, id) };
    },
  }));

const brokenLines = (change: (line: StoredLine) => StoredLine) =>
  broken((driver) => ({
    read: async function* (id) {
      for await (const line of driver.read(id)) yield change(line);
    },
  }));

const brokenList = (list: (driver: SessionDriver, query: DriverQuery) => Promise<DriverPage>) =>
  broken((driver) => ({ list: (query) => list(driver, query) }));

const nothing: SessionInfo = { id: "s", createdAt: "", updatedAt: "", labels: {}, entries: 0, leafId: null };

/** Takes the right in the end, although nobody waits for it any more. */
const leaking = broken((driver) => ({
  open: async (id, options) => {
    options.signal?.throwIfAborted();
    const log = driver.open(id, { busyTimeoutMs: 1000 });
    if (options.busyTimeoutMs === 0) return driver.open(id, options).finally(async () => (await log).close());
    return driver.open(id, options);
  },
}));

/** For each check, by its name, a driver that keeps every promise but that one. */
export const brokenDrivers: Readonly<Record<string, () => DriverPlace>> = {
  "begins a session with its first append": broken((driver) => ({
    get: async (id) => (await driver.get(id)) ?? nothing,
  })),
  "keeps no session to which nothing was appended": brokenLog((log) => ({
    close: async () => {
      if (log.info === undefined) await log.append(["{}"], nothing);
      await log.close();
    },
  })),
  "carries out appends in their order, also when none waits for the one before": brokenLog((log) => {
    let count = 0;
    return {
      append: async (lines, info) => {
        count += 1;
        if (count % 2 === 0) await new Promise(setImmediate);
        await log.append(lines, info);
      },
    };
  }),
  "has what was appended when the session is opened again": brokenLog(() => ({ info: undefined })),
  "reads an open session backward, as far as its reader goes, with what was just appended": broken(
    (driver) => ({
      open: async (id, options) => {
        const log = await driver.open(id, options);
        const before: StoredLine[] = [];
        for await (const line of log.readBackward()) before.push(line);
        const readBackward = async function* () {
          yield* before;
        };
        return { ...log, readBackward };
      },
    }),
  ),
  "tells where each line stands, from 0 on": brokenLines(({ text }) => ({ text, offset: 0 })),
  "gives back lines of any length and any characters": brokenLines(({ text, offset }) => ({
    text: text.slice(0, 1_000_000),
    offset,
  })),
  "has nothing to read of a session that is not there": broken((driver) => ({
    read: async function* (id) {
      if ((await driver.get(id)) !== undefined) yield* driver.read(id);
    },
  })),
  "keeps sessions apart whose ids differ only in case, or in what follows a dot": broken((driver) => ({
    open: (id, options) => driver.open(id.toLowerCase(), options),
    get: (id) => driver.get(id.toLowerCase()),
  })),
  "lets open sessions go on when it is closed": broken((driver) => {
    let closed = false;
    return {
      open: async (id, options) => {
        const log = await driver.open(id, options);
        const append: SessionLog["append"] = async (lines, info) => {
          if (closed) throw new SessionNotFoundError(id);
          await log.append(lines, info);
        };
        return { ...log, append };
      },
      close: async () => {
        closed = true;
      },
    };
  }),
  "gives the right to write a session to one at a time": broken(() => ({ isOpen: async () => false })),
  "lets who waits have the right when it is free": broken((driver) => ({
    open: (id, options) => driver.open(id, { ...options, busyTimeoutMs: 0 }),
  })),
  "gives the right to each of many that wait, and loses no entry": broken((driver) => ({
    open: async (id, options) => {
      const info = await driver.get(id);
      return { ...(await driver.open(id, options)), info };
    },
  })),
  "is busy for who waited too long, and keeps no right for them": leaking,
  "ends a wait with the signal's reason, and keeps no right for who waited": leaking,
  "lets several sessions be open at the same time": broken((driver) => ({
    open: async (id, options) => {
      const gate = await driver.open("gate", options);
      const log = await driver.open(id, options);
      return { ...log, close: () => log.close().then(() => gate.close()) };
    },
  })),
  "removes a session for good": broken(() => ({ delete: async () => undefined })),
  "does not remove a session that somebody writes": broken((driver) => ({
    delete: async (id) => {
      if ((await driver.get(id)) === undefined) throw new SessionNotFoundError(id);
    },
  })),
  "tells of everything that is known of a session, also while it is open": brokenList(
    async (driver, query) => {
      const { sessions, ...rest } = await driver.list(query);
      return { ...rest, sessions: sessions.map(({ openRun: _, ...info }) => info) };
    },
  ),
  "sorts by either time or by title, and what is alike by id": brokenList((driver, query) =>
    driver.list({ ...query, order: "asc" }),
  ),
  "gives every session once, page by page, and no cursor with the last page": brokenList(
    async (driver, query) => {
      const { sessions, cursor } = await driver.list(query);
      const last = sessions.at(-1);
      if (last === undefined) return { sessions };
      return { sessions, cursor: cursor ?? formatCursor(query, positionOf(last, query.sort)) };
    },
  ),
  "goes on where a page ended, whatever came and went since": brokenList(
    async (driver, { cursor = "0", limit, ...query }) => {
      const { sessions } = await driver.list({ ...query, limit: 1000 });
      const end = Number(cursor) + limit;
      return { sessions: sessions.slice(Number(cursor), end), cursor: `${end}` };
    },
  ),
  "refuses a cursor that is none, or of a list in another order": brokenList((driver, query) =>
    driver.list(query).catch(() => driver.list({ ...query, cursor: undefined })),
  ),
  "finds sessions by provider, model, label, the session they were forked from, and an open run": brokenList(
    (driver, query) => driver.list({ ...query, label: undefined }),
  ),
  "finds sessions by their times, both ends included": brokenList(async (driver, query) => {
    const { sessions } = await driver.list(query);
    return { sessions: sessions.filter(({ createdAt }) => createdAt !== query.createdBefore) };
  }),
  "finds sessions whose title holds each of the words, as it is now": brokenList(
    async (driver, { title = "", ...query }) => {
      const { sessions } = await driver.list(query);
      return { sessions: sessions.filter((info) => (info.title ?? "").toLowerCase().includes(title)) };
    },
  ),
  "shows another process's driver what was written and closed": () => ({
    driver: memoryDriver(),
    another: () => memoryDriver(),
  }),
  "has the same sessions after it was indexed anew": broken((driver) => ({
    reindex: () => driver.delete("a"),
  })),
};
