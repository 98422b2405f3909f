import { readdirSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { currentOwner, formatOwner } from "../src/files/process-owner.ts";
import { createIndexFile } from "../src/index-db/index-file.ts";
import { createWrittenSessions } from "../src/index-db/written-sessions.ts";
import { createSessionStore, type SessionStore } from "../src/store.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const titled = (name: string) => ({ type: "session_info", name }) as const;

async function place() {
  const dir = temporaryDirectory();
  const store = createSessionStore({ dir });
  for (const id of ["a", "b", "c"]) await store.append(id, titled("old"));
  expect(await titles(store)).toEqual(["a old", "b old", "c old"]);
  return { dir, store };
}

async function titles(store: SessionStore): Promise<string[]> {
  const { sessions } = await store.list({ sort: "createdAt", order: "asc" });
  return sessions.map(({ id, title }) => `${id} ${title}`);
}

test("what the index is told late does not go over what others did since", async () => {
  const { dir, store } = await place();
  const file = createIndexFile(dir, () => undefined);
  let isFull = true;
  const late = createWrittenSessions({
    index: () => (isFull ? { ...file, write: () => Promise.reject(new Error("a full disk")) } : file),
    owner: formatOwner(currentOwner()),
    placeOf: (id) => ({ id, path: join(dir, `${id}.jsonl`) }),
  });
  for (const id of ["a", "b", "c"]) {
    const known = await file.read(({ rows }) => rows.get(id));
    if (known === undefined) throw new Error(`there is no row of "${id}"`);
    const told = { ...known, info: { ...known.info, title: "told late" } };
    late.set(id, { known: told, changed: true, marked: true, ended: true });
  }
  await late.flush();
  await store.append("a", titled("newest"));
  await store.delete("b");
  const other = await store.open("c");
  isFull = false;
  await late.flush();
  expect(await titles(store)).toEqual(["a newest", "c told late"]);
  await other.close();
  late.close();
  file.close();
});

test("a session that is deleted while nobody can write the index is in no list after that", {
  timeout: 60_000,
}, async () => {
  const { dir, store } = await place();
  const name = readdirSync(dir).find((each) => each.endsWith(".db"));
  // As a process that is stopped in the middle of a transaction.
  const lock = new Sqlite(join(dir, String(name)));
  lock.exec("BEGIN IMMEDIATE");
  await store.delete("a");
  lock.exec("COMMIT");
  lock.close();
  expect(await titles(store)).toEqual(["b old", "c old"]);
  expect(await titles(createSessionStore({ dir }))).toEqual(["b old", "c old"]);
});
