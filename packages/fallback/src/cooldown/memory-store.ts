import { prune } from "./prune.ts";
import type { Cooldown, CooldownStore } from "./types.ts";

/** Keeps cooldowns in this process, at most 10,000: the ones that failed longest ago go first. */
export function memoryCooldownStore(): CooldownStore {
  const entries = new Map<string, Cooldown>();
  return {
    get: (id) => entries.get(id),
    update: (id, change) => {
      const cooldown = change(entries.get(id));
      if (cooldown === undefined) entries.delete(id);
      else entries.set(id, cooldown);
      if (entries.size > MAX_ENTRIES) prune(entries, MAX_ENTRIES - PRUNED_AT_ONCE, cooldown);
      return cooldown;
    },
  };
}

const MAX_ENTRIES = 10_000;

/** So that a full store does not sort itself at every change. */
const PRUNED_AT_ONCE = 1000;
