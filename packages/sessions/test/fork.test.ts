import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SessionDriver } from "../src/driver.ts";
import { filesDriver } from "../src/files/files-driver.ts";
import { createSessionStore, type SessionStore } from "../src/store.ts";
import { assistant, shown, user } from "./support/talk.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

function place() {
  const dir = temporaryDirectory();
  return { dir, store: createSessionStore({ dir, busyTimeoutMs: 0 }) };
}

const said = (content: string) => ({ type: "message" as const, message: user(content) });

async function messagesOf(store: SessionStore, id: string): Promise<string[]> {
  await using session = await store.open(id);
  return session.messages.map(shown);
}

/** Calls back after each addition to a session. */
function watched(driver: SessionDriver, added: () => void): SessionDriver {
  return {
    ...driver,
    open: async (id, options) => {
      const log = await driver.open(id, options);
      const append: typeof log.append = async (lines, info) => {
        await log.append(lines, info);
        added();
      };
      return { ...log, append };
    },
  };
}

describe("a fork", () => {
  test("takes over a label that another program gave, and which this package would not give", async () => {
    const { dir, store } = place();
    const [first] = await store.append("s", said("one"));
    const [second] = await store.append("s", said("two"));
    const label = { type: "label", id: "l", parentId: second?.id, timestamp: "2026-01-01T00:00:00Z" };
    const text = "long\n".repeat(200);
    appendFileSync(
      join(dir, "s.jsonl"),
      `${JSON.stringify({ ...label, targetId: first?.id, label: text })}\n`,
    );
    const info = await store.fork("s", { at: first?.id });
    expect(info.labels).toEqual({ [first?.id ?? ""]: text });
  });

  test("has the entries that lead to one, their labels, and says where it comes from", async () => {
    const { store } = place();
    const [first, second, third] = await store.append("s", [said("one"), said("two"), said("three")]);
    await store.label("s", "starred");
    await store.label("s", "late", { entryId: third?.id });
    const info = await store.fork("s", { at: second?.id, id: "f", title: "Forked" });
    expect(info).toMatchObject({
      id: "f",
      parentSession: "s",
      title: "Forked",
      labels: { [first?.id ?? ""]: "starred" },
    });
    expect(await store.get("f")).toEqual(info);
    expect(await messagesOf(store, "f")).toEqual(["one", "two"]);
    await store.append("f", said("other"));
    expect(await messagesOf(store, "s")).toEqual(["one", "two", "three"]);
    expect(await messagesOf(store, "f")).toEqual(["one", "two", "other"]);
  });

  test("of a session that is being written is made while it is", async () => {
    const { store } = place();
    await using session = await store.open("s");
    await session.beginRun("r");
    await session.append([said("one"), { type: "message", message: assistant("two") }]);
    const { id, openRun } = await store.fork("s");
    // The run goes on in the session that it began in.
    expect(openRun).toBeUndefined();
    expect(await messagesOf(store, id)).toEqual(["one", "two"]);
  });

  test("keeps what this version does not know of entries", async () => {
    const { dir, store } = place();
    await store.append("s", said("one"));
    const text = readFileSync(join(dir, "s.jsonl"), "utf8");
    const parentId = (await store.get("s"))?.leafId;
    const later = { type: "later", id: "l", parentId, timestamp: "2026-01-01T00:00:00Z", new: [1] };
    const broken = { ...later, id: "m", parentId: "gone" };
    writeFileSync(join(dir, "s.jsonl"), `${text}${JSON.stringify(later)}\n${JSON.stringify(broken)}\n`);
    await store.fork("s", { id: "f" });
    const lines = readFileSync(join(dir, "f.jsonl"), "utf8").trimEnd().split("\n");
    expect(lines.slice(-2).map((line) => JSON.parse(line))).toEqual([later, { ...broken, parentId: "l" }]);
  });

  test("is not made where it cannot be", async () => {
    const { store } = place();
    await store.append("s", said("one"));
    await store.append("t", said("one"));
    await expect(store.fork("gone")).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
    await expect(store.fork("s", { at: "gone" })).rejects.toMatchObject({ code: "SESSION_ENTRY" });
    await expect(store.fork("s", { id: "t" })).rejects.toMatchObject({ code: "SESSION_EXISTS" });
    await expect(store.fork("s", { id: "s" })).rejects.toMatchObject({ code: "SESSION_EXISTS" });
    expect(await messagesOf(store, "t")).toEqual(["one"]);
    expect((await store.list()).sessions).toHaveLength(2);
  });

  test("that is given up half way leaves no session", async () => {
    const dir = temporaryDirectory();
    const store = createSessionStore({ dir });
    await store.append(
      "s",
      Array.from({ length: 5 }, () => said("x".repeat(600_000))),
    );
    const abort = new AbortController();
    let written = 0;
    const driver = watched(filesDriver({ dir }), () => {
      written += 1;
      abort.abort(new Error("not needed"));
    });
    const forking = createSessionStore({ store: driver }).fork("s", { id: "f", signal: abort.signal });
    await expect(forking).rejects.toThrow("not needed");
    expect(written).toBe(1);
    expect(await store.get("f")).toBeUndefined();
    expect(readdirSync(dir).filter((name) => name.startsWith("f"))).toEqual([]);
    expect((await store.get("s"))?.entries).toBe(5);
  });
});
