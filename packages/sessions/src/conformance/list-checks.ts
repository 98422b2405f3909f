import assert from "node:assert/strict";
import type { DriverQuery, SessionSort } from "../driver.ts";
import { RUN_END, RUN_START } from "../info.ts";
import {
  at,
  type DriverCheck,
  idsOf,
  list,
  model,
  openNow,
  rejectsWith,
  title,
  write,
} from "./driver-check.ts";

const mark = (customType: string) => ({ type: "custom", customType, data: { runId: "r" } }) as const;

/** That lists have what was asked for, in its order, page by page. */
export const listChecks: readonly DriverCheck[] = [
  {
    name: "tells of everything that is known of a session, also while it is open",
    run: async ({ driver }) => {
      const writer = await openNow(driver, "s", { second: 5, parentSession: "p" });
      const label = { type: "label", targetId: "s-0", label: "kept" } as const;
      await writer.append([title("A title"), model("openai", "m"), label, mark(RUN_START)], 7);
      const known = {
        id: "s",
        title: "A title",
        createdAt: at(5),
        updatedAt: at(7),
        provider: "openai",
        model: "m",
      };
      const more = { labels: { "s-0": "kept" }, entries: 4, leafId: "s-3", parentSession: "p" };
      const expected = { ...known, ...more, openRun: { runId: "r", startedAt: at(7) } };
      assert.deepEqual(plain((await list(driver)).sessions), [expected]);
      assert.deepEqual(plain(await driver.get("s")), expected);
      await writer.append([mark(RUN_END), { type: "label", targetId: "s-0" }], 9);
      const { sessions } = await list(driver);
      assert.deepEqual(plain(sessions.map(({ openRun, labels }) => ({ openRun, labels }))), [{ labels: {} }]);
      await writer.log.close();
    },
  },
  {
    name: "sorts by either time or by title, and what is alike by id",
    run: async ({ driver }) => {
      await write(driver, "d", { second: 1, entries: [title("beta")] });
      await write(driver, "c", { second: 2, entries: [title("Alpha")] });
      await write(driver, "b", { second: 2, entries: [title("alpha")] });
      await write(driver, "a", { second: 3, entries: [model("p", "m")] });
      const writer = await openNow(driver, "d");
      await writer.append([model("p", "m")], 9);
      await writer.log.close();
      const expected = [
        ["createdAt", ["d", "b", "c", "a"]],
        ["updatedAt", ["b", "c", "a", "d"]],
        ["title", ["a", "b", "c", "d"]],
      ] as const satisfies readonly (readonly [SessionSort, readonly string[]])[];
      for (const [sort, ids] of expected) {
        assert.deepEqual(await idsOf(driver, { sort, order: "asc" }), ids);
        assert.deepEqual(await idsOf(driver, { sort, order: "desc" }), ids.toReversed());
      }
    },
  },
  {
    name: "gives every session once, page by page, and no cursor with the last page",
    run: async ({ driver }) => {
      for (let n = 0; n < 9; n += 1) await write(driver, `s${n}`, { second: Math.floor(n / 2) });
      for (const query of [{ sort: "updatedAt" }, { sort: "title", order: "desc" }] as const)
        for (const limit of [1, 2, 3, 9, 10]) {
          const all = await idsOf(driver, query);
          assert.equal(all.length, 9);
          const pages: string[][] = [];
          for (let cursor: string | undefined; ; ) {
            const page = await list(driver, { ...query, limit, cursor });
            pages.push(page.sessions.map(({ id }) => id));
            cursor = page.cursor;
            if (cursor === undefined) break;
          }
          assert.deepEqual(pages.flat(), all);
          assert.equal(pages.length, Math.ceil(9 / limit));
        }
    },
  },
  {
    name: "goes on where a page ended, whatever came and went since",
    run: async ({ driver }) => {
      for (const id of ["b", "c", "d", "e"]) await write(driver, id, { entries: [title(id)] });
      const first = await list(driver, { sort: "title", limit: 2 });
      assert.deepEqual(
        first.sessions.map(({ id }) => id),
        ["b", "c"],
      );
      await driver.delete("c");
      for (const id of ["a", "aa", "cc"]) await write(driver, id);
      const next = await idsOf(driver, { sort: "title", cursor: first.cursor });
      assert.deepEqual(next, ["cc", "d", "e"]);
    },
  },
  {
    name: "refuses a cursor that is none, or of a list in another order",
    run: async ({ driver }) => {
      for (const id of ["a", "b", "c"]) await write(driver, id);
      const { cursor } = await list(driver, { limit: 1 });
      assert.ok(cursor !== undefined);
      const wrong: Partial<DriverQuery>[] = [
        { cursor: "" },
        { cursor: "no cursor" },
        { cursor: Buffer.from("[]").toString("base64url") },
        { cursor, sort: "title" },
        { cursor, order: "desc" },
      ];
      for (const query of wrong) await rejectsWith(list(driver, query), "SESSION_OPTIONS");
    },
  },
  {
    name: "finds sessions by provider, model, label, the session they were forked from, and an open run",
    run: async ({ driver }) => {
      const label = (text: string) => ({ type: "label", targetId: "x", label: text }) as const;
      await write(driver, "a", { second: 1, entries: [model("openai", "m1"), label("kept")] });
      await write(driver, "b", { second: 2, entries: [model("openai", "m2"), label("kept"), label("left")] });
      await write(driver, "c", {
        second: 3,
        entries: [model("google", "m1"), mark(RUN_START)],
        parentSession: "a",
      });
      await write(driver, "d", { second: 4, entries: [mark(RUN_START), mark(RUN_END)] });
      const expected: [Partial<DriverQuery>, string[]][] = [
        [{ provider: "openai" }, ["a", "b"]],
        [{ model: "m1" }, ["a", "c"]],
        [{ provider: "openai", model: "m1" }, ["a"]],
        [{ label: "kept" }, ["a"]],
        [{ label: "Left" }, []],
        [{ parentSession: "a" }, ["c"]],
        [{ openRun: true }, ["c"]],
        [{ openRun: true, provider: "openai" }, []],
      ];
      for (const [query, ids] of expected)
        assert.deepEqual(await idsOf(driver, query), ids, JSON.stringify(query));
    },
  },
  {
    name: "finds sessions by their times, both ends included",
    run: async ({ driver }) => {
      for (const second of [1, 2, 3, 4]) {
        const writer = await openNow(driver, `s${second}`, { second });
        await writer.append([title("x")], second + 10);
        await writer.log.close();
      }
      assert.deepEqual(await idsOf(driver, { createdAfter: at(2), createdBefore: at(3) }), ["s2", "s3"]);
      assert.deepEqual(await idsOf(driver, { updatedAfter: at(13) }), ["s3", "s4"]);
      assert.deepEqual(await idsOf(driver, { updatedBefore: at(11), sort: "title" }), ["s1"]);
      const sameInstant = at(2).replace("T00:", "T01:").replace("Z", "+01:00");
      assert.deepEqual(await idsOf(driver, { createdBefore: sameInstant }), ["s1", "s2"]);
    },
  },
  {
    name: "finds sessions whose title holds each of the words, as it is now",
    run: async ({ driver }) => {
      await write(driver, "a", { second: 1, entries: [title("Plan the Garden")] });
      await write(driver, "b", { second: 2, entries: [title('garden party: 50% off, "quoted"')] });
      await write(driver, "c", { second: 3, entries: [title("Garden"), title("ÜBER_Ωmega 東京")] });
      await write(driver, "d", { second: 4, entries: [model("p", "m")] });
      const expected: [string, string[]][] = [
        ["GARDEN", ["a", "b"]],
        ["garden  plan", ["a"]],
        ["arde", ["a", "b"]],
        ["50% off", ["b"]],
        ['"quoted" garden', ["b"]],
        ["über", ["c"]],
        ["東京", ["c"]],
        ["r_", ["c"]],
        ["garden OR plan", []],
        ["garden*", []],
        ["", ["a", "b", "c", "d"]],
      ];
      for (const [text, ids] of expected) assert.deepEqual(await idsOf(driver, { title: text }), ids, text);
    },
  },
  {
    name: "shows another process's driver what was written and closed",
    run: async ({ driver, another }) => {
      await write(driver, "a", { second: 1 });
      const other = await another();
      await write(other, "b", { second: 2 });
      const { sessions } = await list(driver);
      assert.deepEqual(
        sessions.map(({ id }) => id),
        ["a", "b"],
      );
      assert.deepEqual((await list(other)).sessions, sessions);
      assert.deepEqual(await driver.get("b"), sessions[1]);
    },
  },
  {
    name: "has the same sessions after it was indexed anew",
    run: async ({ driver }) => {
      await write(driver, "a", { second: 1, entries: [title("one"), model("p", "m")] });
      const writer = await openNow(driver, "b", { second: 2 });
      await writer.append([title("two")]);
      const before = await list(driver);
      await driver.reindex();
      assert.deepEqual(await list(driver), before);
      assert.deepEqual(await idsOf(driver, { title: "one" }), ["a"]);
      await writer.log.close();
    },
  },
];

/** Without what is undefined, which is the same as not there. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
