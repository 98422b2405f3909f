import { existsSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSessionStore } from "../src/store.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const note = { type: "custom", customType: "note" } as const;
const refusal = { code: "TRANSCRIPT_WRITE_FAILED" };

function place() {
  const dir = temporaryDirectory();
  return { store: createSessionStore({ dir }), path: join(dir, "s.jsonl") };
}

test("nothing is acknowledged that went into a transcript which somebody removed meanwhile", async () => {
  const { store, path } = place();
  const session = await store.open("s");
  await session.append(note);
  unlinkSync(path);
  await expect(session.append(note)).rejects.toMatchObject(refusal);
  await session.close();
  expect(existsSync(path)).toBe(false);
  await store.append("s", note);
  expect(await store.get("s")).toMatchObject({ entries: 1 });
});

test("nor into one in whose place somebody put another", async () => {
  const { store, path } = place();
  await store.append("s", note);
  const backup = readFileSync(path);
  const session = await store.open("s");
  await session.append(note);
  writeFileSync(`${path}.restored`, backup);
  renameSync(`${path}.restored`, path);
  await expect(session.append(note)).rejects.toMatchObject(refusal);
  await session.close();
  expect(await store.get("s")).toMatchObject({ entries: 1 });
});

test("a session whose transcript is removed before its first addition does not go on without a header", async () => {
  const { store, path } = place();
  await store.append("s", note);
  const session = await store.open("s");
  unlinkSync(path);
  await expect(session.append(note)).rejects.toMatchObject({ ...refusal, cause: { code: "ENOENT" } });
  await session.close();
  expect(existsSync(path)).toBe(false);
  await store.append("s", note);
  expect(await store.get("s")).toMatchObject({ entries: 1 });
});
