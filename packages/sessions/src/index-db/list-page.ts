import type { DriverPage, DriverQuery, SessionSort } from "../driver.ts";
import type { SessionInfo } from "../info.ts";
import { formatCursor, parseCursor } from "../list/cursor.ts";
import type { SortPosition } from "../list/sort-key.ts";
import type { IndexFile } from "./index-file.ts";
import {
  anyOf,
  type Condition,
  conditionsOf,
  every,
  type Narrowing,
  type SqlValue,
} from "./list-conditions.ts";
import type { OpenIndex } from "./open-index.ts";

interface PageRow {
  readonly info: string;
  readonly key: number | string;
  readonly id: string;
}

/** Where a list goes one way, and where the other. */
export interface ListBounds {
  /** So many sessions are few: they are sorted, which takes a millisecond or two. */
  readonly few: number;
  /** So many rows of an ordered index are looked through at one go: a few milliseconds. */
  readonly window: number;
}

const BOUNDS: ListBounds = { few: 1000, window: 1000 };

const COLUMNS: Readonly<Record<SessionSort, string>> = {
  updatedAt: "updated",
  createdAt: "created",
  title: "title",
};

/**
 * One page. Where a condition holds for few sessions, those are sorted. Otherwise the page is read off an index
 * that has the order of the list, and which has been narrowed to the provider or model; what the other conditions
 * leave out of it costs time, but never much at one go.
 */
export async function listPage(
  file: IndexFile,
  query: DriverQuery,
  bounds: ListBounds = BOUNDS,
): Promise<DriverPage> {
  const conditions = conditionsOf(query);
  const after = parseCursor(query);
  const few = await file.read(({ db }) =>
    conditions.find(({ few }) => few !== undefined && isFew(db, few, bounds.few)),
  );
  const search = { ...query, column: COLUMNS[query.sort], limit: query.limit + 1, window: bounds.window };
  const rows =
    few === undefined
      ? await orderedRows(file, { ...search, conditions, after })
      : ((await file.read((index) => fewRows(index, { ...search, conditions, after, few }))) ?? []);
  return pageOf(rows, query);
}

function pageOf(rows: readonly PageRow[], query: DriverQuery): DriverPage {
  const page = rows.slice(0, query.limit);
  const sessions = page.map(({ info }): SessionInfo => JSON.parse(info));
  const last = page.at(-1);
  if (last === undefined || rows.length <= page.length) return { sessions };
  return { sessions, cursor: formatCursor(query, last) };
}

interface Search {
  readonly column: string;
  readonly order: "asc" | "desc";
  readonly limit: number;
  readonly window: number;
  readonly conditions: readonly Condition[];
  readonly after: SortPosition | undefined;
}

function isFew(db: OpenIndex["db"], { sql, values }: Narrowing, few: number): boolean {
  const count = db.prepare<SqlValue[], number>(`SELECT count(*) FROM (${sql} LIMIT ${few + 1})`).pluck();
  return (count.get(...values) ?? 0) <= few;
}

/** The unary plus keeps SQLite from an index for the order, when the keys are what narrows. */
function fewRows({ db }: OpenIndex, search: Search & { readonly few: Condition }): PageRow[] {
  const { column, order, limit, conditions, after, few } = search;
  const narrowed: Condition = { sql: `key IN (${few.few?.sql})`, values: few.few?.values ?? [] };
  const where = every([narrowed, ...conditions.map(unindexed), ...beyond(`+${column}`, order, after)]);
  const sql = `SELECT info, ${column} AS key, id FROM sessions WHERE ${where.sql}
    ORDER BY +${column} ${order}, +id ${order} LIMIT ?`;
  return db.prepare<SqlValue[], PageRow>(sql).all(...where.values, limit);
}

async function orderedRows(file: IndexFile, search: Search): Promise<PageRow[]> {
  const rows: PageRow[] = [];
  for (let { after } = search; ; ) {
    const limit = search.limit - rows.length;
    const found = await file.read((index) => windowRows(index, { ...search, limit, after }));
    rows.push(...(found?.rows ?? []));
    after = found?.end;
    if (after === undefined || rows.length >= search.limit) return rows;
    await new Promise(setImmediate);
  }
}

/** @returns `end` where the window ended before the list did */
function windowRows({ db }: OpenIndex, { column, order, limit, window, conditions, after }: Search) {
  const leading = leadingConditions(conditions, column);
  const others = conditions.filter((condition) => !leading.includes(condition));
  const bounds = [...leading, ...beyond(column, order, after)];
  const end = others.length === 0 ? undefined : windowEnd(db, { column, order, bounds, window });
  const until = end === undefined ? [] : [upTo(column, order, end)];
  const where = every([...bounds, ...until, ...others.map(unindexed)]);
  const sql = `SELECT info, ${column} AS key, id FROM sessions WHERE ${where.sql}
    ORDER BY ${column} ${order}, id ${order} LIMIT ?`;
  return { rows: db.prepare<SqlValue[], PageRow>(sql).all(...where.values, limit), end };
}

/** What an index on the order of the list can begin with, and the bounds of what it is ordered by. */
function leadingConditions(conditions: readonly Condition[], column: string): Condition[] {
  const bounds = conditions.filter((condition) => condition.column === column);
  const first =
    column === "title" ? undefined : (anyOf(conditions, "model") ?? anyOf(conditions, "provider"));
  return first === undefined ? bounds : [first, ...bounds];
}

function windowEnd(
  db: OpenIndex["db"],
  {
    column,
    order,
    bounds,
    window,
  }: Pick<Search, "column" | "order" | "window"> & {
    readonly bounds: readonly Condition[];
  },
): SortPosition | undefined {
  const where = every(bounds);
  const sql = `SELECT ${column} AS key, id FROM sessions WHERE ${where.sql}
    ORDER BY ${column} ${order}, id ${order} LIMIT 1 OFFSET ${window - 1}`;
  return db.prepare<SqlValue[], SortPosition>(sql).get(...where.values);
}

function beyond(column: string, order: "asc" | "desc", after: SortPosition | undefined): Condition[] {
  if (after === undefined) return [];
  const sql = `(${column}, id) ${order === "asc" ? ">" : "<"} (?, ?)`;
  return [{ sql, values: [after.key, after.id] }];
}

function upTo(column: string, order: "asc" | "desc", end: SortPosition): Condition {
  return { sql: `(${column}, id) ${order === "asc" ? "<=" : ">="} (?, ?)`, values: [end.key, end.id] };
}

function unindexed({ sql, values, column }: Condition): Condition {
  return { sql: column === undefined ? sql : `+${sql}`, values };
}
