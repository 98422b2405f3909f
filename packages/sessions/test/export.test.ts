import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ExportFormat } from "../src/export/export-session.ts";
import type { AssistantMessage, Message } from "../src/messages.ts";
import { createSessionStore, type SessionStore } from "../src/store.ts";
import { assistant, call, result, shown, user } from "./support/talk.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const said = (message: Message) => ({ type: "message" as const, message });

async function exported(store: SessionStore, format: ExportFormat, id = "s"): Promise<string> {
  let text = "";
  for await (const piece of store.export(id, { format })) text += piece;
  return text;
}

async function storeWith(messages: readonly Message[], title?: string) {
  const dir = temporaryDirectory();
  const store = createSessionStore({ dir });
  await store.append("s", messages.map(said));
  if (title !== undefined) await store.rename("s", title);
  return { dir, store };
}

const evil = `<script>alert(1)</script><img src=x onerror="alert('2')">\u0000&amp;`;

describe("an export as JSONL", () => {
  test("is the transcript, and can take its place", async () => {
    const { dir, store } = await storeWith([user("one"), assistant("two")]);
    const text = await exported(store, "jsonl");
    expect(text).toBe(readFileSync(join(dir, "s.jsonl"), "utf8"));
  });

  test("leaves out lines that are no entries", async () => {
    const { dir, store } = await storeWith([user("one"), user("two")]);
    const text = await exported(store, "jsonl");
    writeFileSync(join(dir, "s.jsonl"), text.replace("\n", "\n{ not an entry\n"));
    expect(await exported(store, "jsonl")).toBe(text);
  });
});

describe.each(["markdown", "html"] as const)("an export as %s", (format) => {
  test("shows the whole current branch, calls and results, in order", async () => {
    const { store } = await storeWith([
      user("go"),
      assistant("I look", call("1", { path: "a" })),
      result("1", "found"),
    ]);
    const session = await store.open("s");
    const kept = session.info.leafId ?? "";
    await session.append([said(user("wrong way"))]);
    await session.moveTo(kept, { summary: "left it" });
    await session.compact({ summary: { summary: "in short", firstKeptEntryId: kept, tokensBefore: 1 } });
    await session.append([
      { type: "custom_message", customType: "hint", content: "shown", display: true },
      { type: "custom_message", customType: "hint", content: "hidden", display: false },
      said({ ...assistant("half"), stopReason: "aborted" } satisfies AssistantMessage),
    ]);
    await session.close();
    const text = await exported(store, format);
    const order = [
      "go",
      "I look",
      "Calls bash",
      "path",
      "Result of bash",
      "found",
      "left it",
      "in short",
      "shown",
      "broken off",
      "half",
    ];
    const places = order.map((words) => text.indexOf(words));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places).not.toContain(-1);
    expect(text).not.toMatch(/wrong way|hidden/);
  });

  test("has the session's title, or its id", async () => {
    const { store } = await storeWith([user("go")]);
    expect(await exported(store, format)).toMatch(/(# |<h1>)s/);
    await store.rename("s", "My talk");
    expect(await exported(store, format)).toMatch(/(# |<h1>)My talk/);
  });
});

describe("an export as HTML", () => {
  test("lets nothing that was said become markup", async () => {
    const odd: AssistantMessage = {
      ...assistant("", { ...call("1", { x: evil }), name: evil }),
      model: evil,
    };
    const blocks = [
      { type: "image" as const, data: 'AA"onload="x', mimeType: "image/png" },
      { type: "image" as const, data: "AAAA", mimeType: "image/svg+xml" },
      { type: "image" as const, data: "AAAA", mimeType: "image/png" },
    ];
    const { store } = await storeWith(
      [user(evil), odd, { ...result("1", evil), toolName: evil } as Message],
      evil.slice(0, 25),
    );
    await store.append("s", said({ role: "user", content: blocks, timestamp: 1 }));
    const html = await exported(store, "html");
    const tags = new Set(html.match(/<[!/]?[a-z][a-z0-9]*/gi));
    const known = "!doctype html head meta title style body main h1 p code article h2 time pre div img".split(
      " ",
    );
    expect([...tags].filter((tag) => !known.includes(tag.replace(/^<\/?/, "").toLowerCase()))).toEqual([]);
    expect(html.match(/<img[^>]*>/g)).toEqual(['<img alt="" src="data:image/png;base64,AAAA">']);
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/\0/);
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    // Nothing stands outside of an element that the text could have ended.
    expect(html.match(/<article/g)?.length).toBe(html.match(/<\/article>/g)?.length);
  });
});

describe("an export as Markdown", () => {
  test("lets what a tool printed not end its fence, and no name become markup", async () => {
    const printed = "a\n````\n# not a heading\n```";
    const { store } = await storeWith([
      assistant("", { ...call("1"), name: "x\n# y<b>" }),
      result("1", printed),
    ]);
    const text = await exported(store, "markdown");
    expect(text).toContain(`\`\`\`\`\`\n${printed}\n\`\`\`\`\``);
    expect(text).toContain("**Calls x \\# y\\<b\\>**");
  });
});

test("an export of a session that is not there, or in another format, is an error", async () => {
  const { store } = await storeWith([user("one")]);
  for (const format of ["jsonl", "markdown", "html"] as const)
    await expect(exported(store, format, "gone")).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
  for (const format of ["pdf", "constructor", undefined])
    await expect(Reflect.apply(exported, undefined, [store, format])).rejects.toMatchObject({
      code: "SESSION_OPTIONS",
    });
});

test("a session of a megabyte comes piece by piece", async () => {
  const { store } = await storeWith(Array.from({ length: 100 }, () => user("x".repeat(10_000))));
  let pieces = 0;
  for await (const piece of store.export("s", { format: "html" })) {
    expect(piece.length).toBeLessThan(20_000);
    pieces += 1;
  }
  expect(pieces).toBe(102);
  expect(shown((await store.open("s")).messages[0] ?? user(""))).toHaveLength(10_000);
});
