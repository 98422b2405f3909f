import assert from "node:assert/strict";
import type { DriverPage, DriverQuery, SessionDriver, SessionLog, StoredLine } from "../driver.ts";
import type { NewEntry, SessionEntry, SessionHeader } from "../entries.ts";
import type { SessionErrorCode } from "../errors.ts";
import { infoFold, infoOfHeader, type SessionInfo } from "../info.ts";

/** A place of its own for one check. */
export interface DriverPlace {
  readonly driver: SessionDriver;
  /**
   * Another driver on the same place, such as another process has. Left out where there can be none, as in
   * memory: `driver` itself then stands for it.
   */
  readonly another?: (() => SessionDriver | Promise<SessionDriver>) | undefined;
  /** Takes away what was made for the check; the driver is closed then. */
  readonly remove?: (() => void | Promise<void>) | undefined;
}

/** What a check works on. */
export interface CheckedPlace {
  readonly driver: SessionDriver;
  readonly another: () => Promise<SessionDriver>;
}

/** One promise of the interface, and how to find out whether a driver keeps it. */
export interface DriverCheck {
  /** As a sentence about a driver. */
  readonly name: string;
  /** @throws AssertionError, or what the driver threw */
  run(place: CheckedPlace): Promise<void>;
}

const START = Date.parse("2026-01-01T00:00:00.000Z");

/** The time of a number of seconds after an hour that all checks share. */
export function at(second: number): string {
  return new Date(START + second * 1000).toISOString();
}

/** What a session of a check begins with. */
export interface SessionStart {
  readonly second?: number;
  readonly parentSession?: string;
}

/** Writes a session as the store does it. */
export interface CheckWriter {
  readonly log: SessionLog;
  readonly info: SessionInfo | undefined;
  /** @returns the lines that it appended */
  append(entries: readonly NewEntry[], second?: number): Promise<readonly string[]>;
}

/** @param log just opened */
export function writerOf(log: SessionLog, id: string, { second = 0, parentSession }: SessionStart = {}) {
  let info = log.info;
  let count = info?.entries ?? 0;
  const append = async (entries: readonly NewEntry[], when = second): Promise<readonly string[]> => {
    const lines: string[] = [];
    if (info === undefined) {
      const base = { type: "session", version: 3, id, timestamp: at(second), cwd: "/" } as const;
      const header: SessionHeader = parentSession === undefined ? base : { ...base, parentSession };
      info = infoOfHeader(header);
      lines.push(JSON.stringify(header));
    }
    for (const content of entries) {
      const entry: SessionEntry = {
        id: `${id}-${count++}`,
        parentId: info.leafId,
        timestamp: at(when),
        ...content,
      };
      const fold = infoFold(info);
      fold.add(entry);
      info = fold.info;
      lines.push(JSON.stringify(entry));
    }
    await log.append(lines, info);
    return lines;
  };
  const writer: CheckWriter = {
    log,
    get info() {
      return info;
    },
    append,
  };
  return writer;
}

/** Opens a session, or fails at once. */
export async function openNow(driver: SessionDriver, id: string, start?: SessionStart): Promise<CheckWriter> {
  return writerOf(await driver.open(id, { busyTimeoutMs: 0 }), id, start);
}

/** Writes entries into a session, and closes it. */
export async function write(
  driver: SessionDriver,
  id: string,
  { entries = [title(id)], ...start }: SessionStart & { readonly entries?: readonly NewEntry[] } = {},
): Promise<readonly string[]> {
  const writer = await openNow(driver, id, start);
  try {
    return await writer.append(entries);
  } finally {
    await writer.log.close();
  }
}

export function title(name: string): NewEntry {
  return { type: "session_info", name };
}

export function model(provider: string, modelId: string): NewEntry {
  return { type: "model_change", provider, modelId };
}

export async function linesOf(lines: AsyncIterable<StoredLine>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of lines) texts.push(text);
  return texts;
}

export async function list(driver: SessionDriver, query: Partial<DriverQuery> = {}): Promise<DriverPage> {
  return driver.list({ limit: 100, sort: "createdAt", order: "asc", ...query });
}

export async function idsOf(driver: SessionDriver, query?: Partial<DriverQuery>): Promise<string[]> {
  return (await list(driver, query)).sessions.map(({ id }) => id);
}

/** Known by its code: a driver may have another copy of the class. */
export async function rejectsWith(promise: Promise<unknown>, code: SessionErrorCode): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof Error && "code" in error, `an error with code ${code} was expected`);
    assert.equal(error.code, code);
    return true;
  });
}
