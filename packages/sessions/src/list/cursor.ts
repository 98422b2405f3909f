import type { DriverQuery } from "../driver.ts";
import { SessionOptionsError } from "../errors.ts";
import type { SortPosition } from "./sort-key.ts";

type Order = Pick<DriverQuery, "sort" | "order">;

/** Says where a page ended. It holds a place, not a number of sessions: what comes and goes before it does not matter. */
export function formatCursor({ sort, order }: Order, { key, id }: SortPosition): string {
  return Buffer.from(JSON.stringify([sort, order, key, id])).toString("base64url");
}

/**
 * @returns the last place of the page before; undefined for the first page
 * @throws SessionOptionsError when it is no cursor, or that of a list sorted otherwise
 */
export function parseCursor({ cursor, sort, order }: DriverQuery): SortPosition | undefined {
  if (cursor === undefined) return undefined;
  const value = partsOf(cursor);
  const [ofSort, ofOrder, key, id] = value;
  const isKey = typeof key === (sort === "title" ? "string" : "number");
  if (value.length !== 4 || ofSort !== sort || ofOrder !== order || !isKey || typeof id !== "string")
    throw new SessionOptionsError(
      "cursor",
      "cursor: it is none of this list; pass what the page before gave, with the same sort and order",
    );
  return { key: typeof key === "string" ? key : Number(key), id };
}

function partsOf(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
