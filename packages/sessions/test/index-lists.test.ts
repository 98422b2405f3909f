import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DriverQuery, SessionDriver } from "../src/driver.ts";
import { createIndexFile, type IndexFile } from "../src/index-db/index-file.ts";
import { listPage } from "../src/index-db/list-page.ts";
import { LIST_INDEXES } from "../src/index-db/schema.ts";
import type { SessionInfo } from "../src/info.ts";
import { memoryDriver } from "../src/memory/memory-driver.ts";

const SESSIONS = 600;
const WORDS = ["Garden", "voyage", "BOOK", "für", "東京", "ab", "a", 'x"y', "50%", "ΟΔΟΣ", "ﬁn"];

const time = (second: number) => new Date(1.76e12 + second * 1000).toISOString();

/** Many that are alike in what lists are sorted and filtered by. */
function infoOf(n: number): SessionInfo {
  const pick = <T>(list: readonly T[], step: number): T | undefined => list[(n * step) % (list.length + 1)];
  const title = n % 5 === 0 ? undefined : `${pick(WORDS, 7) ?? ""} ${pick(WORDS, 11) ?? ""}`.trim();
  return {
    id: `s${(n * 7919) % 10_007}`,
    title,
    createdAt: time(n % 97),
    updatedAt: time((n * 31) % 211),
    provider: pick(["openai", "google"], 4),
    model: pick(["m1", "m2", "m3", "m4"], 7),
    labels: n % 4 === 0 ? { x: "kept", y: `l${n % 3}` } : {},
    entries: n,
    leafId: null,
    parentSession: n % 50 === 0 ? "parent" : undefined,
    openRun: n % 60 === 0 ? { runId: "r", startedAt: time(0) } : undefined,
  };
}

let dir: string;
let file: IndexFile;
let memory: SessionDriver;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "cloison-sessions-"));
  file = createIndexFile(dir, () => undefined);
  memory = memoryDriver();
  const infos = Array.from({ length: SESSIONS }, (_, n) => infoOf(n));
  for (const info of infos) {
    const log = await memory.open(info.id, { busyTimeoutMs: 0 });
    await log.append(["{}"], info);
  }
  await file.write(({ db, rows }) => {
    for (const info of infos) rows.put({ info, bytes: 1, modified: null });
    for (const sql of LIST_INDEXES) db.exec(sql);
  });
});

afterAll(() => {
  file.close();
  rmSync(dir, { recursive: true });
});

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const some = fc.integer({ min: 0, max: 220 }).map(time);
const words = fc.array(fc.constantFrom(...WORDS, "gard", "voy", "οδος", "FIN", "zq"), { maxLength: 2 });

const queries: fc.Arbitrary<DriverQuery> = fc.record({
  limit: fc.integer({ min: 1, max: 200 }),
  sort: fc.constantFrom("updatedAt", "createdAt", "title"),
  order: fc.constantFrom("asc", "desc"),
  provider: maybe(fc.constantFrom("openai", "google", "none")),
  model: maybe(fc.constantFrom("m1", "m2", "none")),
  label: maybe(fc.constantFrom("kept", "l0", "none")),
  parentSession: maybe(fc.constant("parent")),
  openRun: maybe(fc.boolean()),
  createdAfter: maybe(some),
  createdBefore: maybe(some),
  updatedAfter: maybe(some),
  updatedBefore: maybe(some),
  title: maybe(words.map((list) => list.join(" "))),
});

/** Whichever way a list goes: by the few that a condition leaves, or through an ordered index in steps. */
const bounds = fc.record({ few: fc.constantFrom(0, 5, 100, 1000), window: fc.constantFrom(1, 3, 50, 1000) });

test("lists of the index are those of the memory driver, page by page", async () => {
  await fc.assert(
    fc.asyncProperty(queries, bounds, async (query, limits) => {
      for (let cursor: string | undefined; ; ) {
        const page = await listPage(file, { ...query, cursor }, limits);
        const expected = await memory.list({ ...query, cursor });
        expect(page.sessions.map(({ id }) => id)).toEqual(expected.sessions.map(({ id }) => id));
        expect(page.cursor).toEqual(expected.cursor);
        cursor = page.cursor;
        if (cursor === undefined) break;
      }
    }),
    { numRuns: 400 },
  );
});

/** What SQLite does for the statements of one page. */
async function plansOf(query: Partial<DriverQuery>): Promise<string[]> {
  const plans: string[] = [];
  const recorded: IndexFile = {
    ...file,
    read: (work) =>
      file.read((index) => {
        const prepare = index.db.prepare.bind(index.db);
        const db = new Proxy(index.db, {
          get: (target, name) => {
            if (name !== "prepare") return Reflect.get(target, name);
            return (sql: string) => {
              const nothing = Array.from(sql.matchAll(/\?/g), () => null);
              const plan = prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
              plans.push(...plan.all(...nothing).map(({ detail }) => detail));
              return prepare(sql);
            };
          },
        });
        return work({ ...index, db });
      }),
  };
  const all = { limit: 10, sort: "updatedAt", order: "desc", ...query } as const;
  await listPage(recorded, all, { few: 0, window: 50 });
  return plans;
}

test.each<[Partial<DriverQuery>, string]>([
  [{}, "by_updated"],
  [{ sort: "createdAt" }, "by_created"],
  [{ sort: "title", order: "asc" }, "by_title"],
  [{ model: "m1" }, "by_model_updated"],
  [{ provider: "google", sort: "createdAt" }, "by_provider_created"],
  [{ provider: "google", model: "m2", order: "asc" }, "by_model_updated"],
  [{ updatedAfter: time(3) }, "by_updated"],
  [{ label: "kept", title: "garden", sort: "title" }, "by_title"],
])("the list %j is read off the index %s, and never sorted", async (query, index) => {
  const { cursor } = await listPage(file, { limit: 3, sort: "updatedAt", order: "desc", ...query });
  expect(cursor).toBeDefined();
  for (const page of [query, { ...query, cursor }]) {
    const plans = await plansOf(page);
    const last = plans.findLast((plan) => plan.includes("sessions"));
    expect(last).toMatch(new RegExp(`INDEX ${index}\\b`));
    expect(plans.join("\n")).not.toContain("TEMP B-TREE");
  }
});
