import type { Cooldown } from "./types.ts";

/** How long after its end an entry still tells how often something failed in a row. */
const MEMORY_MS = 24 * 60 * 60 * 1000;

/**
 * Removes what ended a day ago, and then what failed longest ago until there are at most `most`. "Now" is
 * the failure that has just been noted, as a store has no clock of its own. It is not the newest one that is
 * known: that may be of a clock that was wrong, and everything else would be old beside it.
 */
export function prune(entries: Map<string, Cooldown>, most: number, noted: Cooldown | undefined): void {
  const now = noted?.failedAt ?? 0;
  for (const [id, entry] of entries) {
    if (Math.max(entry.until, entry.failedAt) + MEMORY_MS < now) entries.delete(id);
  }
  if (entries.size <= most) return;
  const oldestFirst = [...entries].sort(([, a], [, b]) => a.failedAt - b.failedAt);
  for (const [id] of oldestFirst.slice(0, entries.size - most)) entries.delete(id);
}
