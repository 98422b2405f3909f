import type { SessionSort } from "../driver.ts";
import type { SessionInfo } from "../info.ts";
import { titleKey } from "./title-words.ts";

/** Where a session stands in a list; sessions of the same key stand in the order of their ids. */
export interface SortPosition {
  /** Milliseconds since 1970, or a title as `titleKey` gives it. */
  readonly key: number | string;
  readonly id: string;
}

/** @returns 0 for a time that is none, so that every session has a place */
export function timeKey(time: string): number {
  const key = Date.parse(time);
  return Number.isNaN(key) ? 0 : key;
}

export function positionOf(info: SessionInfo, sort: SessionSort): SortPosition {
  return { key: sort === "title" ? titleKey(info.title) : timeKey(info[sort]), id: info.id };
}

/** Ascending, texts by their code points, as SQLite does it. */
export function comparePositions(a: SortPosition, b: SortPosition): number {
  if (typeof a.key === "number" && typeof b.key === "number" && a.key !== b.key) return a.key - b.key;
  return compareTexts(String(a.key), String(b.key)) || compareTexts(a.id, b.id);
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
