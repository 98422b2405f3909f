import {
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRows } from "../src/index-db/rows.ts";
import type { ListOptions } from "../src/list/list-options.ts";
import { createSessionStore, type SessionStore } from "../src/store.ts";
import { runAndKill, source } from "./support/killed-child.ts";
import { user } from "./support/talk.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const said = (content: string) => ({ type: "message" as const, message: user(content) });

function place() {
  const dir = temporaryDirectory();
  return { dir, store: createSessionStore({ dir, busyTimeoutMs: 0 }) };
}

function indexFile(dir: string): string {
  const name = readdirSync(dir).find((name) => /^\.index\..*\.db$/.test(name));
  return join(dir, String(name));
}

async function ids(store: SessionStore, options?: ListOptions): Promise<string[]> {
  const { sessions } = await store.list({ sort: "createdAt", order: "asc", ...options });
  return sessions.map(({ id }) => id);
}

/** A file as another program would put it there. */
function putTranscript(dir: string, id: string, title: string): void {
  const timestamp = "2026-01-01T00:00:00.000Z";
  const header = { type: "session", version: 3, id, timestamp, cwd: "/" };
  const entry = { type: "session_info", id: `${id}-1`, parentId: null, timestamp, name: title };
  writeFileSync(join(dir, `${id}.jsonl`), `${JSON.stringify(header)}\n${JSON.stringify(entry)}\n`);
}

/** Appends, and is killed before its process could tell the index. */
const killedWriter = (dir: string, id: string) => `
  import { writeSync } from "node:fs";
  import { createSessionStore } from ${source("store.ts")};
  const session = await createSessionStore({ dir: ${JSON.stringify(dir)} }).open(${JSON.stringify(id)});
  await session.append({ type: "session_info", name: "written by the killed" });
  process.kill(process.pid, "SIGKILL");`;

describe("the index of sessions", () => {
  test("knows what a killed process stored, of a new session and of an old one", async () => {
    const { dir, store } = place();
    await store.append("old", [said("one"), { type: "session_info", name: "as it was" }]);
    expect((await store.list()).sessions).toMatchObject([{ id: "old", title: "as it was" }]);
    await runAndKill(killedWriter(dir, "old"), -1);
    await runAndKill(killedWriter(dir, "new"), -1);
    const { sessions } = await store.search("killed", { sort: "createdAt", order: "asc" });
    expect(sessions).toMatchObject([
      { id: "old", entries: 3 },
      { id: "new", entries: 1 },
    ]);
    await store.close();
  });

  test("is made again where it was removed, is damaged, or another boot's", async () => {
    const { dir, store } = place();
    for (const id of ["a", "b", "c"]) await store.append(id, said(id));
    expect(await ids(store)).toEqual(["a", "b", "c"]);
    await store.close();
    const path = indexFile(dir);
    const breakings = [
      () => rmSync(path),
      () => truncateSync(path, 100),
      () => truncateSync(path, 0),
      () => writeFileSync(path, "this was never an index of anything, as far as SQLite can tell"),
      () => writeFileSync(path, readFileSync(path).fill(0x55, 4096)),
      () => writeFileSync(join(dir, ".index.v1-00000000.db"), "of another boot"),
    ];
    for (const breakIt of breakings) {
      breakIt();
      const again = createSessionStore({ dir });
      expect(await ids(again)).toEqual(["a", "b", "c"]);
      expect(await ids(again, { title: "none" })).toEqual([]);
      await again.append("a", said("more"));
      await again.close();
    }
    expect(readdirSync(dir).filter((name) => name.includes(".corrupt-")).length).toBeGreaterThan(1);
  });

  test("of an earlier boot saves reading the transcripts that it knows, as far as it can be believed", async () => {
    const { dir, store } = place();
    for (const id of ["a", "b", "c"]) await store.append(id, { type: "session_info", name: id });
    await store.list();
    await store.close();
    const { default: Sqlite } = await import("better-sqlite3");
    const db = new Sqlite(indexFile(dir));
    const rows = createRows(db);
    for (const id of ["a", "c"]) {
      const row = rows.get(id);
      if (row !== undefined) rows.put({ ...row, info: { ...row.info, title: `${id} of the earlier one` } });
    }
    // Not as it was written.
    db.prepare("UPDATE sessions SET info = replace(info, 'c of the', 'X of the') WHERE id = 'c'").run();
    db.pragma("journal_mode = DELETE");
    db.close();
    renameSync(indexFile(dir), join(dir, ".index.v1-00000000.db"));
    const again = createSessionStore({ dir });
    const { sessions } = await again.list({ sort: "createdAt", order: "asc" });
    expect(sessions.map(({ title }) => title)).toEqual(["a of the earlier one", "b", "c"]);
    await again.close();
    expect(readdirSync(dir).filter((name) => name.includes("00000000"))).toEqual([]);
  });

  test("that breaks, or is removed, while it is used is made again", async () => {
    const { dir, store } = place();
    await using session = await store.open("a");
    await session.append(said("one"));
    expect(await ids(store)).toEqual(["a"]);
    for (const name of readdirSync(dir).filter((name) => name.startsWith(".index"))) rmSync(join(dir, name));
    expect(await ids(store)).toEqual(["a"]);
    writeFileSync(indexFile(dir), readFileSync(indexFile(dir)).fill(0x55));
    await session.append(said("two"));
    expect((await store.list()).sessions).toMatchObject([{ id: "a", entries: 2 }]);
  });

  test.each(["sessions", "by_updated"])(
    "whose %s turn out to be damaged in the middle of a list is made again for it",
    async (name) => {
      const { dir, store } = place();
      for (const id of ["a", "b"]) await store.append(id, said(id));
      await store.list();
      await store.close();
      const { default: Sqlite } = await import("better-sqlite3");
      const db = new Sqlite(indexFile(dir));
      const page = db.prepare("SELECT rootpage FROM sqlite_master WHERE name = ?").pluck().get(name);
      const size = db.pragma("page_size", { simple: true });
      db.close();
      const from = (Number(page) - 1) * Number(size);
      writeFileSync(indexFile(dir), readFileSync(indexFile(dir)).fill(0x55, from, from + 200));
      const again = createSessionStore({ dir });
      expect((await again.list()).sessions).toHaveLength(2);
      await again.close();
    },
  );

  test("finds files that others put there, changed and took away", async () => {
    const { dir, store } = place();
    await store.append("mine", said("one"));
    expect(await ids(store)).toEqual(["mine"]);
    putTranscript(dir, "theirs", "First");
    expect(await store.get("theirs")).toMatchObject({ title: "First" });
    expect(await ids(store, { title: "first" })).toEqual(["theirs"]);
    putTranscript(dir, "theirs", "Other");
    putTranscript(dir, "third", "Third");
    rmSync(join(dir, "mine.jsonl"));
    await store.reindex();
    expect(await ids(store)).toEqual(["theirs", "third"]);
    expect(await ids(store, { title: "first" })).toEqual([]);
    rmSync(join(dir, "third.jsonl"));
    expect(await store.get("third")).toBeUndefined();
    expect(await ids(store)).toEqual(["theirs"]);
  });

  test("is readable by its owner alone, and is open no longer than it is used", async () => {
    const dir = temporaryDirectory();
    const dirs = Array.from({ length: 80 }, (_, n) => join(dir, String(n)));
    const stores = dirs.map((each) => createSessionStore({ dir: each }));
    await Promise.all(stores.map((store) => store.append("s", said("one"))));
    const lists = await Promise.all(stores.map((store) => ids(store)));
    expect(lists).toEqual(stores.map(() => ["s"]));
    for (const name of readdirSync(dir)) {
      const files = readdirSync(join(dir, name)).filter((file) => file.startsWith(".index"));
      for (const file of files) expect(statSync(join(dir, name, file)).mode & 0o077).toBe(0);
    }
    const open = readdirSync("/proc/self/fd").map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return "";
      }
    });
    expect(open.filter((path) => path.startsWith(dir)).length).toBeLessThanOrEqual(3 * 32);
  });

  test("of a directory that is not there has nothing, and makes none", async () => {
    const dir = join(temporaryDirectory(), "none");
    const store = createSessionStore({ dir });
    expect(await store.list()).toEqual({ sessions: [] });
    expect(await store.get("s")).toBeUndefined();
    await store.reindex();
    expect(() => statSync(dir)).toThrow("ENOENT");
  });
});

test("indexes of many directories that are used at one moment are not all open at once", async () => {
  const stores = Array.from({ length: 200 }, () => createSessionStore({ dir: temporaryDirectory() }));
  for (const store of stores) await store.append("s", { type: "custom", customType: "x" });
  const descriptors = (): number => readdirSync("/proc/self/fd").length;
  const before = descriptors();
  let most = 0;
  let done = false;
  const all = Promise.all(stores.map((store) => store.list())).finally(() => {
    done = true;
  });
  while (!done) {
    most = Math.max(most, descriptors() - before);
    await new Promise(setImmediate);
  }
  for (const { sessions } of await all) expect(sessions).toHaveLength(1);
  expect(most).toBeLessThan(200);
});
