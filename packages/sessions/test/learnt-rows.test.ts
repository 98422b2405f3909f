import { unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createIndexFile } from "../src/index-db/index-file.ts";
import { storeLearnt } from "../src/index-db/verify-index.ts";
import { infoOfHeader } from "../src/info.ts";
import { createSessionStore } from "../src/store.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const timestamp = "2026-01-01T00:00:00.000Z";

function known(title: string) {
  const info = infoOfHeader({ type: "session", version: 3, id: "s", timestamp, cwd: "/" });
  return { info: { ...info, title }, bytes: 1, modified: 1 };
}

const note = { type: "custom", customType: "x" } as const;

function place() {
  const dir = temporaryDirectory();
  const store = createSessionStore({ dir });
  const listed = async () => (await store.list()).sessions.map(({ id }) => id);
  const placeOf = (id: string) => ({ id, path: join(dir, `${id}.jsonl`) });
  return { store, listed, placeOf, file: createIndexFile(dir, () => undefined) };
}

test("what was read of a transcript does not take the place of what its writer told meanwhile", async () => {
  const { file, placeOf } = place();
  writeFileSync(placeOf("s").path, "");
  const titleNow = () => file.read(({ rows }) => rows.get("s")?.info.title);
  const put = (title: string) => file.write(({ rows }) => rows.put(known(title)));
  await storeLearnt({ file, placeOf }, [{ id: "s", row: undefined, known: known("read") }]);
  expect(await titleNow()).toBe("read");
  const row = await file.read(({ rows }) => rows.get("s"));
  await put("told");
  await storeLearnt({ file, placeOf }, [{ id: "s", row, known: known("older") }]);
  await storeLearnt({ file, placeOf }, [{ id: "s", row: undefined, known: known("older") }]);
  await storeLearnt({ file, placeOf }, [{ id: "s", row, known: undefined }]);
  expect(await titleNow()).toBe("told");
  await storeLearnt({ file, placeOf }, [
    { id: "s", row: await file.read(({ rows }) => rows.get("s")), known: undefined },
  ]);
  expect(await titleNow()).toBeUndefined();
  file.close();
});

test("what somebody learnt of a session that was deleted since is not put into the index", async () => {
  const { store, placeOf, file, listed } = place();
  await store.append("s", note);
  expect(await listed()).toEqual(["s"]);
  const row = await file.read(({ rows }) => rows.get("s"));
  expect(row).toBeDefined();
  // Looked at before its first row was there, and stored after its last one was gone.
  const learnt = row === undefined ? [] : [{ id: "s", row: undefined, known: row }];
  await store.delete("s");
  await storeLearnt({ file, placeOf }, learnt);
  expect(await listed()).toEqual([]);
});

test("a session whose file somebody took away leaves lists when it is opened, and comes back with its first entry", async () => {
  const { store, placeOf, listed } = place();
  await store.append("s", note);
  expect(await listed()).toEqual(["s"]);
  unlinkSync(placeOf("s").path);
  expect(await listed()).toEqual(["s"]);
  await (await store.open("s")).close();
  expect(await listed()).toEqual([]);
  await store.append("s", note);
  expect(await listed()).toEqual(["s"]);
});
