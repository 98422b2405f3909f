import type { Cooldown } from "./types.ts";

/** How long after its end an entry still tells how often something failed in a row. */
const MEMORY_MS = 24 * 60 * 60 * 1000;

/**
 * Removes what ended a day ago, and then what failed longest ago until there are at most `most`. "Now" is
 * the newest failure that is known: a store has no clock of its own.
 */
export function prune(entries: Map<string, Cooldown>, most: number): void {
  const now = Math.max(...[...entries.values()].map((entry) => entry.failedAt));
  for (const [id, entry] of entries) {
    if (Math.max(entry.until, entry.failedAt) + MEMORY_MS < now) entries.delete(id);
  }
  const oldestFirst = [...entries].sort(([, a], [, b]) => a.failedAt - b.failedAt);
  for (const [id] of oldestFirst.slice(0, Math.max(0, entries.size - most))) entries.delete(id);
}
