import { describe, expect, it } from "vitest";
import type { Cooldown, CooldownStore } from "../../src/index.ts";

/** What a chain relies on, for every store. */
export function describeStore(name: string, createStore: () => CooldownStore): void {
  describe(`${name} as a store`, () => {
    it("has nothing at first", async () => {
      expect(await createStore().get("id")).toBeUndefined();
    });

    it("gives back what a change has made", async () => {
      const store = createStore();
      const made = await store.update("id", (before) => {
        expect(before).toBeUndefined();
        return cooldown({ failures: 1, probeAt: 5 });
      });
      expect(made).toEqual(cooldown({ failures: 1, probeAt: 5 }));
      expect(await store.get("id")).toEqual(made);
      expect(await store.get("other")).toBeUndefined();
    });

    it("gives a change the entry as it is, and removes it for undefined", async () => {
      const store = createStore();
      await store.update("id", () => cooldown({ failures: 1 }));
      await store.update("id", (before) => cooldown({ failures: (before?.failures ?? 0) + 1 }));
      expect(await store.get("id")).toEqual(cooldown({ failures: 2 }));
      expect(await store.update("id", () => undefined)).toBeUndefined();
      expect(await store.get("id")).toBeUndefined();
    });

    it("lets no other change come between", async () => {
      const store = createStore();
      const add = () => store.update("id", (before) => cooldown({ failures: (before?.failures ?? 0) + 1 }));
      await Promise.all(Array.from({ length: 20 }, add));
      expect((await store.get("id"))?.failures).toBe(20);
    });

    it("stays as it is and goes on when a change throws", async () => {
      const store = createStore();
      await store.update("id", () => cooldown({ failures: 1 }));
      const failing = async () =>
        store.update("id", () => {
          throw new TypeError("not today");
        });
      await expect(failing()).rejects.toThrow();
      expect(await store.get("id")).toEqual(cooldown({ failures: 1 }));
      expect(await store.update("id", () => cooldown({ failures: 7 }))).toEqual(cooldown({ failures: 7 }));
    });
  });
}

export function cooldown(fields: Partial<Cooldown> = {}): Cooldown {
  return { reason: "rate_limit", failures: 1, until: 60_000, probeFrom: 54_000, failedAt: 0, ...fields };
}
