import type { DriverQuery, SessionSort } from "../driver.ts";
import { SessionOptionsError } from "../errors.ts";

/** Which sessions a list has, and in which order. */
export type ListOptions = Partial<DriverQuery>;

const SORTS: readonly string[] = ["updatedAt", "createdAt", "title"] satisfies SessionSort[];
const TEXTS = ["cursor", "provider", "model", "label", "parentSession", "title"] as const;
const TIMES = ["updatedAfter", "updatedBefore", "createdAfter", "createdBefore"] as const;
const KNOWN = new Set<string>(["limit", "sort", "order", "openRun", ...TEXTS, ...TIMES]);
const MAX_LIMIT = 1000;
/** Date and time of ISO 8601; what is missing at the end is zero, and the zone is then UTC. */
const ISO = /^\d{4}-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?$/;

/**
 * Fills in what is not given: 50 sessions, those that changed last first. A list by title begins at A.
 *
 * @throws SessionOptionsError
 */
export function parseListOptions(options: ListOptions = {}): DriverQuery {
  if (typeof options !== "object" || options === null) throw refuse("options", "must be an object");
  for (const name of Object.keys(options))
    if (!KNOWN.has(name)) throw refuse(name, `there is no such option; there are ${[...KNOWN].join(", ")}`);
  const { sort = "updatedAt", limit = 50, openRun } = options;
  const { order = sort === "title" ? "asc" : "desc" } = options;
  if (!SORTS.includes(sort)) throw refuse("sort", `use ${SORTS.join(", ")}`);
  if (order !== "asc" && order !== "desc") throw refuse("order", 'use "asc" or "desc"');
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw refuse("limit", `use an integer from 1 to ${MAX_LIMIT}`);
  if (openRun !== undefined && typeof openRun !== "boolean") throw refuse("openRun", "use true or false");
  for (const name of TEXTS) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== "string") throw refuse(name, "use a string");
  }
  for (const name of TIMES) {
    const value: unknown = options[name];
    if (value !== undefined && !isTime(value))
      throw refuse(name, "use a time of ISO 8601, such as 2026-01-31T12:00:00Z");
  }
  return { ...options, sort, order, limit };
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && ISO.test(value) && !Number.isNaN(Date.parse(value));
}

function refuse(option: string, what: string): SessionOptionsError {
  return new SessionOptionsError(option, `${option}: ${what}`);
}
