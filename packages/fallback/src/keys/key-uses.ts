import { readOptions } from "../read-options.ts";
import type { KeyUses } from "./types.ts";

const MOST = 1_000_000;

export interface KeyUsesOptions {
  /** Sessions whose key is remembered; the one that was idle for longest is forgotten. Default 10,000. */
  readonly sessions?: number | undefined;
  /** Keys whose last use is remembered; one that is forgotten counts as not used. Default 10,000. */
  readonly keys?: number | undefined;
}

/** @throws FallbackOptionsError */
export function createKeyUses(options: KeyUsesOptions = {}): KeyUses {
  const reader = readOptions("createKeyUses", options, ["sessions", "keys"]);
  const range = { least: 1, most: MOST, fallback: 10_000, whole: true };
  const sessionKeys = createRecentMap<string>(reader.number("sessions", range));
  const lastUses = createRecentMap<number>(reader.number("keys", range));
  // A count and not a time: two uses in one millisecond have an order too.
  let count = 0;
  return {
    lastUse: (provider, keyId) => lastUses.get(join(provider, keyId)) ?? 0,
    sessionKey: (provider, sessionId) => sessionKeys.get(join(provider, sessionId)),
    record: (provider, keyId, sessionId) => {
      count += 1;
      lastUses.set(join(provider, keyId), count);
      if (sessionId !== undefined) sessionKeys.set(join(provider, sessionId), keyId);
    },
  };
}

/** No two pairs give the same text. */
function join(provider: string, id: string): string {
  return JSON.stringify([provider, id]);
}

interface RecentMap<T> {
  get(name: string): T | undefined;
  /** Counts as the newest, and drops the oldest where there are too many. */
  set(name: string, value: T): void;
}

function createRecentMap<T>(most: number): RecentMap<T> {
  const entries = new Map<string, T>();
  return {
    get: (name) => entries.get(name),
    set: (name, value) => {
      entries.delete(name);
      entries.set(name, value);
      if (entries.size <= most) return;
      for (const oldest of entries.keys()) {
        entries.delete(oldest);
        return;
      }
    },
  };
}
