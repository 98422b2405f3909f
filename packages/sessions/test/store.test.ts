import { describe, expect, test } from "vitest";
import type { SessionEntry } from "../src/entries.ts";
import { filesDriver } from "../src/files/files-driver.ts";
import { createSessionStore, type SessionStore } from "../src/store.ts";
import { shown, user } from "./support/talk.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

function place() {
  const dir = temporaryDirectory();
  return { dir, store: createSessionStore({ dir, busyTimeoutMs: 0 }) };
}

const said = (content: string) => ({ type: "message" as const, message: user(content) });

async function entriesOf(store: SessionStore, id: string): Promise<SessionEntry[]> {
  const entries: SessionEntry[] = [];
  for await (const entry of store.read(id)) entries.push(entry);
  return entries;
}

async function messagesOf(store: SessionStore, id: string): Promise<string[]> {
  await using session = await store.open(id);
  return session.messages.map(shown);
}

describe("a session store", () => {
  test("refuses options that are unknown, missing or out of range", () => {
    const refused = (options: object) => () => Reflect.apply(createSessionStore, undefined, [options]);
    const dir = temporaryDirectory();
    for (const options of [
      {},
      { dir, store: filesDriver({ dir }) },
      { dir: "" },
      { dir: 1 },
      { dir, busyTimeoutMs: -1 },
      { dir, busyTimeoutMs: Number.NaN },
      { dir, busyTimeout: 1 },
      { dir, cwd: 1 },
    ])
      expect(refused(options)).toThrow(expect.objectContaining({ code: "SESSION_OPTIONS" }));
  });

  test("appends to a session, which begins with it, and reads it as a stream", async () => {
    const { store } = place();
    const [first, second] = await store.append("s", [said("one"), said("two")]);
    const [third] = await store.append("s", said("three"));
    expect(await entriesOf(store, "s")).toEqual([first, second, third]);
    expect([first?.parentId, second?.parentId, third?.parentId]).toEqual([null, first?.id, second?.id]);
    expect(await messagesOf(store, "s")).toEqual(["one", "two", "three"]);
  });

  test.each([
    ["of an unknown type", { type: "other" }],
    ["that lacks a field", { type: "message" }],
    ["of a wrong kind", { type: "model_change", provider: 1, modelId: "m" }],
    ["that JSON cannot hold", { type: "custom", customType: "x", data: 1n }],
  ])("takes no entry %s, and adds none of the others", async (_, entry) => {
    const { store } = place();
    await store.append("s", said("one"));
    const append = Reflect.apply(store.append, store, ["s", [said("two"), entry]]);
    await expect(append).rejects.toMatchObject({ code: "SESSION_ENTRY" });
    expect(await messagesOf(store, "s")).toEqual(["one"]);
  });

  test("lets no entry choose its own id, parent or time", async () => {
    const { store } = place();
    const given = { ...said("one"), id: "mine", parentId: "x", timestamp: "2000" };
    const [entry] = await store.append("s", given);
    expect(entry).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{16}$/), parentId: null });
    expect(await entriesOf(store, "s")).toEqual([entry]);
  });

  test("renames a session, and takes its name away", async () => {
    const { store } = place();
    await store.append("s", said("one"));
    await store.rename("s", "A name");
    expect(await store.get("s")).toMatchObject({ title: "A name" });
    await store.rename("s", undefined);
    expect((await store.get("s"))?.title).toBeUndefined();
    await expect(store.rename("gone", "x")).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
    for (const title of ["", " ", "a\nb", "x".repeat(501)])
      await expect(store.rename("s", title)).rejects.toMatchObject({ code: "SESSION_OPTIONS" });
    expect(await messagesOf(store, "s")).toEqual(["one"]);
  });

  test("labels an entry, by default the first, and takes the label away", async () => {
    const { store } = place();
    const [first, second] = await store.append("s", [said("one"), said("two")]);
    await store.label("s", "starred");
    await store.label("s", "here", { entryId: second?.id });
    expect((await store.get("s"))?.labels).toEqual({
      [first?.id ?? ""]: "starred",
      [second?.id ?? ""]: "here",
    });
    await store.label("s", undefined);
    expect((await store.get("s"))?.labels).toEqual({ [second?.id ?? ""]: "here" });
    await expect(store.label("s", "x", { entryId: "gone" })).rejects.toMatchObject({ code: "SESSION_ENTRY" });
    await expect(store.label("gone", "x")).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
    const misspelt = Reflect.apply(store.label, store, ["s", "x", { entry: "y" }]);
    await expect(misspelt).rejects.toMatchObject({ code: "SESSION_OPTIONS", option: "entry" });
  });

  test("deletes a session for good", async () => {
    const { store } = place();
    await store.append("s", said("one"));
    await store.delete("s");
    expect(await store.get("s")).toBeUndefined();
    await expect(entriesOf(store, "s")).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
    await expect(store.delete("s")).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
  });

  test("of which another writer has a session waits no longer than it is told", async () => {
    const { store } = place();
    await using session = await store.open("s");
    await session.append(said("one"));
    for (const write of [
      () => store.open("s"),
      () => store.append("s", said("x")),
      () => store.rename("s", "x"),
      () => store.label("s", "x"),
      () => store.delete("s"),
    ])
      await expect(write()).rejects.toMatchObject({ code: "SESSION_BUSY" });
    expect(await entriesOf(store, "s")).toHaveLength(1);
  });

  test("that is closed does nothing any more", async () => {
    const { store } = place();
    await store.close();
    await expect(store.open("s")).rejects.toMatchObject({ code: "SESSION_CLOSED" });
    await expect(store.append("s", said("x"))).rejects.toMatchObject({ code: "SESSION_CLOSED" });
    await expect(store.list()).rejects.toMatchObject({ code: "SESSION_CLOSED" });
  });
});

describe("a session", () => {
  test("that is closed takes no more entries", async () => {
    const { store } = place();
    const session = await store.open("s");
    await session.close();
    await expect(session.append(said("x"))).rejects.toMatchObject({ code: "SESSION_CLOSED" });
  });

  test("goes on after an earlier entry, with what is to be known of the branch that is left", async () => {
    const { store } = place();
    await using session = await store.open("s");
    const [first] = await session.append([said("one"), said("two")]);
    await session.moveTo(first?.id ?? "", { summary: "two was said" });
    await session.append(said("three"));
    const expected = ["one", expect.stringMatching(/another branch[\s\S]*two was said$/), "three"];
    expect(session.messages.map(shown)).toEqual(expected);
    await session.moveTo(first?.id ?? "");
    expect(session.messages.map(shown)).toEqual(["one"]);
    await session.close();
    // What was left stays so, without another entry.
    expect(await messagesOf(store, "s")).toEqual(["one"]);
    expect((await entriesOf(store, "s")).filter(({ type }) => type === "message")).toHaveLength(3);
  });

  test("goes on before its first entry", async () => {
    const { store } = place();
    await using session = await store.open("s");
    await session.append(said("one"));
    await session.moveTo(null);
    await session.append(said("two"));
    expect(session.messages.map(shown)).toEqual(["two"]);
    await session.close();
    expect(await messagesOf(store, "s")).toEqual(["two"]);
  });

  test("does not move to an entry that it has not", async () => {
    const { store } = place();
    await using session = await store.open("s");
    await session.append(said("one"));
    await expect(session.moveTo("gone")).rejects.toMatchObject({ code: "SESSION_ENTRY" });
    expect(session.messages.map(shown)).toEqual(["one"]);
  });

  test.each([
    ["moveTo", [null, { sumary: "x" }]],
    ["compact", [{ maxChars: 1 }]],
  ] as const)("refuses an option of %s that it does not know", async (name, options) => {
    const { store } = place();
    await using session = await store.open("s");
    await session.append(said("one"));
    const call = Reflect.apply(session[name], session, options);
    await expect(call).rejects.toMatchObject({ code: "SESSION_OPTIONS" });
    expect(session.info.entries).toBe(1);
  });

  test("moves back behind a compaction", async () => {
    const { store } = place();
    await using session = await store.open("s");
    const [, , third] = await session.append([said("one"), said("two"), said("three"), said("four")]);
    const leaf = session.info.leafId ?? "";
    await session.compact({ summary: { summary: "sum", firstKeptEntryId: leaf, tokensBefore: 9 } });
    expect(session.messages.map(shown)).toEqual([expect.stringContaining("sum"), "four"]);
    expect(session.branch().map(({ type }) => type)).toEqual(["message", "compaction"]);
    await session.moveTo(third?.id ?? "");
    expect(session.messages.map(shown)).toEqual(["one", "two", "three"]);
  });
});
