import type { DriverQuery } from "../driver.ts";
import type { SessionInfo } from "../info.ts";
import { timeKey } from "../list/sort-key.ts";
import { titleKey, titleWords } from "../list/title-words.ts";

/** Whether a session is one of those that a query asks for. */
export function matcherOf(query: DriverQuery): (info: SessionInfo) => boolean {
  const words = titleWords(query.title ?? "");
  const isUpdated = within(query.updatedAfter, query.updatedBefore);
  const isCreated = within(query.createdAfter, query.createdBefore);
  return (info) =>
    isAsked(query.provider, info.provider) &&
    isAsked(query.model, info.model) &&
    isAsked(query.parentSession, info.parentSession) &&
    (query.label === undefined || Object.values(info.labels).includes(query.label)) &&
    (query.openRun !== true || info.openRun !== undefined) &&
    isUpdated(info.updatedAt) &&
    isCreated(info.createdAt) &&
    words.every((word) => titleKey(info.title).includes(word));
}

function isAsked(asked: string | undefined, value: string | undefined): boolean {
  return asked === undefined || asked === value;
}

function within(after: string | undefined, before: string | undefined): (time: string) => boolean {
  const from = after === undefined ? Number.NEGATIVE_INFINITY : timeKey(after);
  const to = before === undefined ? Number.POSITIVE_INFINITY : timeKey(before);
  return (time) => timeKey(time) >= from && timeKey(time) <= to;
}
