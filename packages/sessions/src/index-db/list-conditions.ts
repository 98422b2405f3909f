import type { DriverQuery } from "../driver.ts";
import { timeKey } from "../list/sort-key.ts";
import { titleWords } from "../list/title-words.ts";

export type SqlValue = string | number;

/** A query that gives keys of sessions, read off an index. */
export interface Narrowing {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** A part of a WHERE clause, with what stands for its question marks. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
  /** The one column that it compares, with which its text begins. */
  readonly column?: string | undefined;
  /** Gives the sessions for which it holds, or some more. */
  readonly few?: Narrowing | undefined;
}

/** The trigram index of titles knows no shorter words. */
const TRIGRAM = 3;

/** What a query asks of each session. */
export function conditionsOf(query: DriverQuery): Condition[] {
  return [
    ...equals("provider", query.provider),
    ...equals("model", query.model),
    ...equals("parent", query.parentSession),
    ...(query.openRun === true ? equals("open_run", 1) : []),
    ...within("updated", query.updatedAfter, query.updatedBefore),
    ...within("created", query.createdAfter, query.createdBefore),
    ...labelled(query.label),
    ...titled(query.title),
  ];
}

export function every(conditions: readonly Condition[]): Condition {
  const sql = conditions.map((condition) => condition.sql).join(" AND ");
  return { sql: sql === "" ? "TRUE" : sql, values: conditions.flatMap(({ values }) => values) };
}

export function anyOf(conditions: readonly Condition[], column: string): Condition | undefined {
  return conditions.find((condition) => condition.column === column);
}

function equals(column: string, value: SqlValue | undefined): Condition[] {
  return value === undefined ? [] : [onColumn(column, `${column} = ?`, [value])];
}

function within(column: string, after: string | undefined, before: string | undefined): Condition[] {
  if (after === undefined && before === undefined) return [];
  const from = after === undefined ? Number.MIN_SAFE_INTEGER : timeKey(after);
  const to = before === undefined ? Number.MAX_SAFE_INTEGER : timeKey(before);
  return [onColumn(column, `${column} BETWEEN ? AND ?`, [from, to])];
}

function onColumn(column: string, sql: string, values: readonly SqlValue[]): Condition {
  return { sql, values, column, few: { sql: `SELECT key FROM sessions WHERE ${sql}`, values } };
}

function labelled(label: string | undefined): Condition[] {
  if (label === undefined) return [];
  const sql = "EXISTS (SELECT 1 FROM labels WHERE label = ? AND session = sessions.key)";
  const few = { sql: "SELECT session FROM labels WHERE label = ?", values: [label] };
  return [{ sql, values: [label], few }];
}

function titled(title: string | undefined): Condition[] {
  const words = titleWords(title ?? "");
  if (words.length === 0) return [];
  const long = words.filter((word) => [...word].length >= TRIGRAM);
  const phrases = long.map((word) => `"${word.replaceAll('"', '""')}"`).join(" AND ");
  const few =
    long.length === 0
      ? undefined
      : { sql: "SELECT rowid FROM titles WHERE titles MATCH ?", values: [phrases] };
  return [{ sql: words.map(() => "instr(title, ?) > 0").join(" AND "), values: words, few }];
}
