import { describe, expect, test } from "vitest";
import { memoryDriver } from "../src/memory/memory-driver.ts";
import { createSessionStore } from "../src/store.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const note = { type: "custom", customType: "note" } as const;

/** As a program without types calls. */
const call = async (on: object, name: string, ...values: unknown[]): Promise<unknown> =>
  Reflect.apply(Reflect.get(on, name), on, values);

const filesStore = () => createSessionStore({ dir: temporaryDirectory() });

describe("what is to be added", () => {
  const cyclic: Record<string, unknown> = { type: "custom", customType: "x" };
  cyclic.data = cyclic;
  const message = (fields: object) => ({ type: "message", message: { timestamp: 0, ...fields } });
  const args = { toJSON: () => undefined };

  test.each<[string, unknown]>([
    ["null", null],
    ["undefined", undefined],
    ["a number", 1],
    ["a text", "text"],
    ["an object that is no entry", {}],
    ["a list of null", [null]],
    ["a list of lists", [[note]]],
    ["a cycle", cyclic],
    ["a big integer", { ...note, data: 1n }],
    [
      "arguments that JSON leaves out",
      message({ role: "assistant", content: [{ type: "toolCall", id: "1", name: "x", arguments: args }] }),
    ],
    ["a list with holes", message({ role: "user", content: new Array(1) })],
  ])("is refused where it is %s, and the session goes on", async (_, value) => {
    const store = filesStore();
    await expect(call(store, "append", "s", value)).rejects.toMatchObject({ code: "SESSION_ENTRY" });
    await using session = await store.open("s");
    await expect(call(session, "append", value)).rejects.toMatchObject({ code: "SESSION_ENTRY" });
    await session.append(note);
    expect(session.info.entries).toBe(1);
  });

  test.each([
    ["files", filesStore],
    ["memory", () => createSessionStore({ store: memoryDriver() })],
  ])("may be more than a call has arguments: %s", async (_, make) => {
    const store = make();
    const session = await store.open("s");
    await session.append(new Array(150_000).fill(note));
    expect(session.branch()).toHaveLength(150_000);
    await session.close();
    expect(await store.get("s")).toMatchObject({ entries: 150_000 });
  });
});

describe("options", () => {
  test("of a store name a driver that is one, and a directory that a header has room for", () => {
    const refused = (option: string) => expect.objectContaining({ code: "SESSION_OPTIONS", option });
    for (const store of [{}, null, "x", { ...memoryDriver(), reindex: undefined }])
      expect(() => Reflect.apply(createSessionStore, undefined, [{ store }])).toThrow(refused("store"));
    expect(() => createSessionStore({ dir: "x", cwd: "x".repeat(4097) })).toThrow(refused("cwd"));
  });

  test("that are longest leave a session that opens", async () => {
    const store = createSessionStore({ dir: temporaryDirectory(), cwd: "\0".repeat(4096) });
    await store.append("s", note);
    await store.append("s", note);
    expect(await store.get("s")).toMatchObject({ entries: 2 });
  });

  test.each([
    ["list", null],
    ["search", undefined],
    ["search", 1],
    ["open", "s", null],
    ["fork", "s", null],
    ["append", "s", note, null],
  ])("that are none are refused: %s", async (name, ...values) => {
    const store = filesStore();
    await store.append("s", note);
    await expect(call(store, name, ...values)).rejects.toMatchObject({ code: "SESSION_OPTIONS" });
  });
});

describe("a search", () => {
  test.each([
    Array.from({ length: 250 }, (_, n) => String(n + 100)).join(" "),
    Array.from({ length: 500 }, (_, n) => String.fromCodePoint(0x4e00 + n)).join(" "),
    ...[
      '"',
      "'",
      '""',
      "*",
      "NEAR(",
      "title:",
      "\0",
      "\ud800",
      "a\0b",
      "%",
      "AND",
      "OR OR",
      '"x" OR',
      "-",
      "^",
      "\\",
    ],
  ])("asks for words, never for what they mean to SQLite: %j", async (text) => {
    const store = filesStore();
    await store.append("s", note);
    await store.rename("s", "Plain");
    const { sessions } = await store.search(text);
    // A NUL, which no title has, counts as white space.
    expect(sessions).toHaveLength(text === "\0" ? 1 : 0);
  });

  test("finds such words", async () => {
    const store = filesStore();
    await store.append("s", note);
    await store.rename("s", 'x" OR NEAR(a b) * ^ -- {col}: \u{1F600} 100%');
    for (const text of ['x" near(a', "--", "{COL}:", "\u{1F600}", "*", "%", "NEAR("])
      expect((await store.search(text)).sessions).toHaveLength(1);
  });
});

test.each([
  "null",
  "[]",
  '{"length":4}',
  '["updatedAt","desc",null,"s"]',
  '["updatedAt","desc",1,"s",1]',
  '["updatedAt","asc",1,"s"]',
  '["title","desc","x","s"]',
  "9".repeat(5000),
])("a cursor of somebody else's making is refused (%#)", async (json) => {
  const cursor = Buffer.from(json).toString("base64url");
  for (const store of [filesStore(), createSessionStore({ store: memoryDriver() })])
    await expect(store.list({ cursor })).rejects.toMatchObject({ code: "SESSION_OPTIONS" });
});

test("labels of entries that are named as what objects inherit are labels like others", async () => {
  const store = filesStore();
  const label = (targetId: string) => ({ type: "label", targetId, label: targetId }) as const;
  await store.append("s", [note, label("__proto__"), label("constructor")]);
  expect(Object.keys((await store.get("s"))?.labels ?? {})).toEqual(["__proto__", "constructor"]);
  expect((await store.list({ label: "__proto__" })).sessions).toHaveLength(1);
  expect(await store.fork("s", { id: "f" })).toMatchObject({ entries: 3 });
});

test("Markdown of a tool result with very many fences", async () => {
  const store = createSessionStore({ store: memoryDriver() });
  const content = [{ type: "text" as const, text: "``` ".repeat(200_000) }];
  const result = { toolCallId: "1", toolName: "x", isError: false, timestamp: 0, content };
  await store.append("s", { type: "message", message: { role: "toolResult", ...result } });
  let text = "";
  for await (const piece of store.export("s", { format: "markdown" })) text += piece;
  expect(text).toContain("\n````\n``` ```");
});
