import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { createRows } from "../src/index-db/rows.ts";
import { createSessionStore } from "../src/store.ts";
import { runAndKill, source } from "./support/killed-child.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const timestamp = "2026-01-01T00:00:00.000Z";

/** A file as another program would put it there. */
function put(dir: string, id: string, name: string): string {
  const path = join(dir, `${id}.jsonl`);
  const header = { type: "session", version: 3, id, timestamp, cwd: "/" };
  writeFileSync(path, `${JSON.stringify(header)}\n${titleLine(name)}`);
  return path;
}

function titleLine(name: string): string {
  return `${JSON.stringify({ type: "session_info", id: name, parentId: null, timestamp, name })}\n`;
}

/** Of all sessions, by way of a list and of a search. */
async function titles(dir: string): Promise<string[]> {
  const store = createSessionStore({ dir });
  const { sessions } = await store.list({ sort: "title", limit: 1000 });
  const found = await store.search("title", { sort: "title", limit: 1000 });
  await store.close();
  expect(found.sessions).toEqual(sessions);
  return sessions.map(({ title = "" }) => title);
}

function indexesIn(dir: string): string[] {
  return readdirSync(dir).filter((name) => /^\.index\..*\.db$/.test(name));
}

/** What is the index of now becomes one of an earlier boot, in which some rows tell by their titles that they are its. */
function restart(dir: string, { boot = "00000000", marked = [] as string[] } = {}): string {
  const former = join(dir, `.index.v1-${boot}.db`);
  const current = indexesIn(dir).find((name) => !name.includes("-00000"));
  const db = new Sqlite(join(dir, String(current)));
  const rows = createRows(db);
  for (const id of marked) {
    const row = rows.get(id);
    if (row !== undefined) rows.put({ ...row, info: { ...row.info, title: `title ${boot}` } });
  }
  db.pragma("journal_mode = DELETE");
  db.close();
  renameSync(join(dir, String(current)), former);
  return former;
}

test("of an earlier boot's index only what holds is taken over", async () => {
  const dir = temporaryDirectory();
  for (const id of ["same", "grown", "other", "cut", "gone"]) put(dir, id, `title ${id}`);
  expect(await titles(dir)).toHaveLength(5);
  restart(dir, { marked: ["same", "grown", "other", "cut", "gone"] });
  appendFileSync(join(dir, "grown.jsonl"), titleLine("title grown more"));
  const { mtimeMs } = statSync(join(dir, "other.jsonl"));
  utimesSync(put(dir, "other", "title OTHER"), mtimeMs / 1000, mtimeMs / 1000 + 5);
  put(dir, "cut", "title c");
  rmSync(join(dir, "gone.jsonl"));
  put(dir, "came", "title came");
  expect(await titles(dir)).toEqual([
    "title 00000000",
    "title c",
    "title came",
    "title grown more",
    "title OTHER",
  ]);
  expect(indexesIn(dir)).toHaveLength(1);
});

test.each<[string, (path: string) => void]>([
  ["cut off", (path) => truncateSync(path, 5000)],
  ["of zeros", (path) => writeFileSync(path, readFileSync(path).fill(0))],
  ["with pages of zeros", (path) => writeFileSync(path, readFileSync(path).fill(0, 8192))],
  ["a text", (path) => writeFileSync(path, "no index")],
  ["another database", (path) => replaceBy(path, () => new Sqlite(path).exec("CREATE TABLE t (a)").close())],
  ["a directory", (path) => replaceBy(path, () => mkdirSync(path))],
  ["a named pipe", (path) => replaceBy(path, () => execFileSync("mkfifo", [path]))],
])("an earlier boot's index that is %s is no obstacle", async (_, damage) => {
  const dir = temporaryDirectory();
  for (const id of ["a", "b"]) put(dir, id, `title ${id}`);
  await titles(dir);
  damage(restart(dir));
  expect(await titles(dir)).toEqual(["title a", "title b"]);
});

function replaceBy(path: string, make: () => void): void {
  rmSync(path);
  make();
}

/** Lists, and is killed as soon as its index has some sessions and not all. */
const killedLister = (dir: string) => `
  import { readdirSync } from "node:fs";
  import Sqlite from ${JSON.stringify(import.meta.resolve("better-sqlite3"))};
  import { indexName } from ${source("index-db/index-file.ts")};
  import { createSessionStore } from ${source("store.ts")};
  const dir = ${JSON.stringify(dir)};
  const look = () => {
    if (readdirSync(dir).includes(indexName())) {
      const db = new Sqlite(dir + "/" + indexName(), { readonly: true });
      const some = db.pragma("user_version", { simple: true }) > 0;
      if (some && db.prepare("SELECT count(*) FROM sessions").pluck().get() > 0) process.kill(process.pid, "SIGKILL");
      db.close();
    }
    setImmediate(look);
  };
  look();
  await createSessionStore({ dir }).list();
  process.exit(1);`;

test("who is killed while taking an index over leaves a next start, of this boot or a later one, that is right", async () => {
  const dir = temporaryDirectory();
  const ids = Array.from({ length: 900 }, (_, n) => `s${n}`);
  for (const id of ids) put(dir, id, `title ${id}`);
  await titles(dir);
  restart(dir, { marked: ids });
  put(dir, "s7", "title of later");
  await runAndKill(killedLister(dir), -1);
  expect(indexesIn(dir)).toHaveLength(2);
  const all = [...Array<string>(899).fill("title 00000000"), "title of later"];
  restart(dir, { boot: "00000001" });
  await runAndKill(killedLister(dir), -1);
  expect(indexesIn(dir)).toHaveLength(3);
  expect(await titles(dir)).toEqual(all);
  expect(indexesIn(dir)).toHaveLength(1);
});

test("what lists are read off is made when an index knows all sessions, and not row by row before", async () => {
  const dir = temporaryDirectory();
  const orders = () => {
    const [index = ""] = indexesIn(dir);
    const db = new Sqlite(join(dir, index), { readonly: true });
    const names = db.prepare("SELECT name FROM sqlite_master WHERE name LIKE 'by~_%' ESCAPE '~'").all();
    db.close();
    return names.length;
  };
  const store = createSessionStore({ dir });
  await store.append("s", { type: "session_info", name: "title" });
  expect(orders()).toBe(0);
  await store.list();
  expect(orders()).toBe(9);
  await store.close();
});
