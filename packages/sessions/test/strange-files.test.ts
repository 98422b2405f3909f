import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openTranscript } from "../src/files/transcript-file.ts";
import { createSessionStore, type SessionStore } from "../src/store.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const note = { type: "custom", customType: "note" } as const;

async function storeWithTwo() {
  const dir = temporaryDirectory();
  const store = createSessionStore({ dir });
  await store.append("a", note);
  await store.append("b", note);
  return { dir, store };
}

const idsIn = async (store: SessionStore): Promise<string[]> =>
  (await store.list()).sessions.map(({ id }) => id).toSorted();

const headerOf = (fields: object): string =>
  `${JSON.stringify({ type: "session", id: "strange", timestamp: "2026-01-01T00:00:00Z", cwd: "/", ...fields })}\n`;

test.each<[string, (path: string) => void, string]>([
  ["a directory", (path) => mkdirSync(path), "no regular file"],
  ["a named pipe", (path) => execFileSync("mkfifo", [path]), "no regular file"],
  ["a link to a device", (path) => symlinkSync("/dev/zero", path), "no regular file"],
  ["a link to itself", (path) => symlinkSync(path, path), "ELOOP"],
  ["a session of version 2", (path) => writeFileSync(path, headerOf({ version: 2 })), "of version 2, not 3"],
  ["a session of version 1", (path) => writeFileSync(path, headerOf({})), "of version 1, not 3"],
  ["something else", (path) => writeFileSync(path, "[]\n"), "not a session header"],
])("%s in a transcript's place is an error of its own, and leaves lists alone", async (_, make, reason) => {
  const { dir, store } = await storeWithTwo();
  make(join(dir, "strange.jsonl"));
  expect(await idsIn(store)).toEqual(["a", "b"]);
  await store.reindex();
  expect(await idsIn(store)).toEqual(["a", "b"]);
  const refused = {
    code: expect.stringMatching(/^(TRANSCRIPT_CORRUPT|SESSION_STORE)$/),
    message: expect.stringContaining(reason),
  };
  await expect(store.open("strange")).rejects.toMatchObject(refused);
  await expect(store.append("strange", note)).rejects.toMatchObject(refused);
  await expect(store.get("strange")).rejects.toMatchObject(refused);
  await expect(store.read("strange")[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
  expect(await store.isOpen("strange")).toBe(false);
});

test("a file or a directory with a lock's name leaves lists alone", async () => {
  const { dir, store } = await storeWithTwo();
  writeFileSync(join(dir, "yarn.lock"), "");
  mkdirSync(join(dir, "dir.lock"));
  expect(await idsIn(store)).toEqual(["a", "b"]);
  expect(await store.isOpen("yarn")).toBe(false);
});

test("the file of a session is not deleted as another one's, as where the file system folds case", async () => {
  const { dir, store } = await storeWithTwo();
  const path = join(dir, "A.jsonl");
  writeFileSync(path, readFileSync(join(dir, "a.jsonl")));
  await expect(store.delete("A")).rejects.toMatchObject({ code: "TRANSCRIPT_CORRUPT" });
  expect(readFileSync(path)).toEqual(readFileSync(join(dir, "a.jsonl")));
  writeFileSync(path, "damaged\n");
  await store.delete("A");
  expect(existsSync(path)).toBe(false);
});

test("a store stays where it was when the process goes to another directory", async () => {
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(temporaryDirectory());
  const store = createSessionStore({ dir: "sessions" });
  await store.append("a", note);
  process.chdir(temporaryDirectory());
  expect(await idsIn(store)).toEqual(["a"]);
});

test("what was written while the lock went to somebody else is not acknowledged", async () => {
  const path = join(temporaryDirectory(), "s.jsonl");
  let looks = 0;
  const assertHeld = async (): Promise<void> => {
    looks += 1;
    if (looks > 1) throw new Error("taken over");
  };
  const lock = { assertHeld, release: async () => undefined };
  const file = await openTranscript({ id: "s", path }, lock);
  await expect(file.append(["line"])).rejects.toThrow("taken over");
  await expect(file.append(["line"])).rejects.toThrow("taken over");
  await file.close();
  expect(readFileSync(path, "utf8")).toBe("line\n");
});

test("a session that is deleted while others look at it is there or not there, and no other error", async () => {
  const { dir, store } = await storeWithTwo();
  const outcome = (looked: Promise<unknown>): Promise<unknown> =>
    looked.then(
      () => "there",
      ({ code }) => code,
    );
  for (let ticks = 0; ticks < 60; ticks += 1) {
    await store.append("s", note);
    // An index that knows an older length has to look at the lines.
    appendFileSync(join(dir, "s.jsonl"), "{}\n");
    const looks = [store.read("s")[Symbol.asyncIterator]().next(), store.get("s"), store.list()];
    const outcomes = looks.map(outcome);
    for (let tick = 0; tick < ticks; tick += 1) await new Promise(setImmediate);
    unlinkSync(join(dir, "s.jsonl"));
    for (const found of await Promise.all(outcomes)) expect(["there", "SESSION_NOT_FOUND"]).toContain(found);
  }
});

test("a line that is longer than any string is passed over, and leaves the other entries and sessions alone", async () => {
  const { dir, store } = await storeWithTwo();
  const path = join(dir, "strange.jsonl");
  writeFileSync(path, headerOf({ version: 3 }));
  truncateSync(path, 600_000_000);
  const entry = {
    type: "session_info",
    id: "1",
    parentId: null,
    timestamp: "2026-01-01T00:00:00Z",
    name: "end",
  };
  appendFileSync(path, `\n${JSON.stringify(entry)}\n`);
  expect(await idsIn(store)).toEqual(["a", "b", "strange"]);
  expect(await store.get("strange")).toMatchObject({ title: "end", entries: 1 });
  await store.close();
});

test("an answer whose model is no name breaks neither lists nor exports", async () => {
  const { dir, store } = await storeWithTwo();
  const message = { role: "assistant", content: [], provider: 1, model: { toString: "x" } };
  const entry = { type: "message", id: "1", parentId: null, timestamp: "2026-01-01T00:00:00Z", message };
  writeFileSync(join(dir, "strange.jsonl"), `${headerOf({ version: 3 })}${JSON.stringify(entry)}\n`);
  expect(await idsIn(store)).toEqual(["a", "b", "strange"]);
  for (const format of ["html", "markdown"] as const) {
    let text = "";
    for await (const piece of store.export("strange", { format })) text += piece;
    expect(text).toContain("Assistant");
  }
  const session = await store.open("strange");
  expect(session.messages).toEqual([]);
  await session.close();
});
