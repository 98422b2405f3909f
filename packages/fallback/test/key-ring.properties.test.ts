import fc from "fast-check";
import { expect, it } from "vitest";
import { createKeyRing, createKeyUses, keyId } from "../src/index.ts";

const pool = ["a", "b", "c", "d", "e"];
const use = fc.record({
  provider: fc.constantFrom("openai", "groq"),
  session: fc.option(fc.constantFrom("one", "two", "three"), { nil: undefined }),
  /** Which of the keys in order is taken: 0 unless those before it have failed. */
  taken: fc.nat({ max: 2 }),
});

it("keeps each session at the key that it used last, and all others in order of their last use", async () => {
  const keys = fc.uniqueArray(fc.constantFrom(...pool), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(keys, fc.array(use, { maxLength: 60 }), async (given, uses) => {
      const ring = createKeyRing({ keys: { openai: given, groq: given } });
      const history: { provider: string; session: string | undefined; key: string }[] = [];
      for (const { provider, session, taken } of uses) {
        const order = await ring.order(provider, session);
        expect([...order].sort()).toEqual([...given].sort());
        const past = history.filter((one) => one.provider === provider);
        const own = session === undefined ? undefined : past.findLast((one) => one.session === session)?.key;
        if (own !== undefined) expect(order[0]).toBe(own);
        const last = (key: string) => past.findLastIndex((one) => one.key === key);
        const rest = order.filter((key) => key !== own).map((key) => [last(key), given.indexOf(key)]);
        expect(rest).toEqual(rest.toSorted(([a = 0, i = 0], [b = 0, j = 0]) => a - b || i - j));
        const key = order[Math.min(taken, order.length - 1)] ?? "";
        ring.used(provider, key, session);
        history.push({ provider, session, key });
      }
    }),
  );
});

it("gives sessions that come one after the other all keys alike", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 8 }), async (size, rounds) => {
      const ring = createKeyRing({ keys: { openai: pool.slice(0, size) } });
      const counts = new Map<string, number>();
      for (let session = 0; session < size * rounds; session++) {
        const [key = ""] = await ring.order("openai", `session ${session}`);
        ring.used("openai", key, `session ${session}`);
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      expect([...counts.values()]).toEqual(Array.from({ length: size }, () => rounds));
    }),
  );
});

it("remembers the sessions that were busy last, and no more of them than told", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat({ max: 40 })), (sessions, busy) => {
      const uses = createKeyUses({ sessions });
      for (const session of busy) uses.record("openai", keyId(`key ${session}`), String(session));
      const newest = [...new Set(busy.toReversed())].slice(0, sessions);
      const known = Array.from({ length: 41 }, (_, session) => session).filter(
        (session) => uses.sessionKey("openai", String(session)) !== undefined,
      );
      expect(known).toEqual(newest.toSorted((a, b) => a - b));
    }),
  );
});

it("counts keys beyond the bound as not used, the oldest first", () => {
  const uses = createKeyUses({ keys: 2 });
  for (const key of ["a", "b", "c"]) uses.record("openai", key, undefined);
  expect(["a", "b", "c"].map((key) => uses.lastUse("openai", key))).toEqual([0, 2, 3]);
});
