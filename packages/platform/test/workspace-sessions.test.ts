import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bash, listen, setting } from "./setting.ts";

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

describe("the sessions of a workspace", () => {
  test("are listed, searched, read, named, marked and exported", async () => {
    const { ws } = await setting(() => ({ text: "yes" }));
    for (const sessionId of ["a", "b", "c"]) await ws.run({ message: `to ${sessionId}`, sessionId });
    await ws.sessions.rename("b", "A plan for spring");
    await ws.sessions.label("a", "pinned");
    expect((await ws.sessions.list()).sessions.map(({ id }) => id).toSorted()).toEqual(["a", "b", "c"]);
    expect((await ws.sessions.search("spring")).sessions).toMatchObject([
      { id: "b", title: "A plan for spring" },
    ]);
    expect((await ws.sessions.list({ label: "pinned" })).sessions).toMatchObject([{ id: "a" }]);
    expect(await ws.sessions.get("c")).toMatchObject({ id: "c", provider: "openai", model: "scripted" });
    const roles = (await all(ws.sessions.read("c"))).flatMap((entry) =>
      entry.type === "message" ? entry.message.role : [],
    );
    expect(roles).toEqual(["user", "assistant"]);
    expect((await all(ws.sessions.export("c", { format: "markdown" }))).join("")).toContain("to c");
  });

  test("are forked: a run goes on in the fork, and the other stays as it is", async () => {
    const { ws, server, transcript } = await setting(() => ({ text: "yes" }));
    await ws.run({ message: "one", sessionId: "a" });
    const before = transcript("a");
    expect(await ws.sessions.fork("a", { id: "b" })).toMatchObject({ id: "b", parentSession: "a" });
    await ws.run({ message: "two", sessionId: "b" });
    expect(server.requests[1]?.messages.map(({ text }) => text)).toEqual(["one", "yes", "two"]);
    expect(transcript("a")).toBe(before);
    expect(await ws.interrupted()).toEqual([]);
  });

  test("are deleted, but not while a run writes them", async () => {
    const { ws } = await setting([bash("sleep 600")]);
    const abort = new AbortController();
    const { promise: working, resolve } = Promise.withResolvers<void>();
    const onEvent = ({ type }: { type: string }) => type === "tool_start" && resolve();
    const run = ws.run({ message: "go", sessionId: "a", signal: abort.signal, onEvent });
    run.catch(() => undefined);
    await working;
    await expect(ws.sessions.delete("a")).rejects.toMatchObject({ code: "SESSION_BUSY" });
    abort.abort();
    await expect(run).rejects.toMatchObject({ code: "RUN_ABORTED" });
    await ws.sessions.delete("a");
    expect(await ws.sessions.get("a")).toBeUndefined();
  });

  test("are those of no other workspace, whatever the id", async () => {
    const { ws, platform } = await setting(() => ({ text: "yes" }));
    await ws.run({ message: "go", sessionId: "a" });
    const other = await platform.createWorkspace("bob");
    expect(await other.sessions.get("a")).toBeUndefined();
    expect((await other.sessions.list()).sessions).toEqual([]);
    const wrong = { code: "INVALID_ID" };
    await expect(other.sessions.get("../../ada/sessions/a")).rejects.toMatchObject(wrong);
    await expect(all(other.sessions.read("../../ada/sessions/a"))).rejects.toMatchObject(wrong);
  });

  test("are gone with it, and do not come back", async () => {
    const { ws, platform } = await setting(() => ({ text: "yes" }));
    await ws.run({ message: "go", sessionId: "a" });
    await platform.deleteWorkspace("ada");
    const gone = { code: "WORKSPACE_NOT_FOUND" };
    expect((await ws.sessions.list()).sessions).toEqual([]);
    expect(await ws.interrupted()).toEqual([]);
    await expect(ws.sessions.rename("a", "name")).rejects.toMatchObject(gone);
    await expect(ws.resume("a")).rejects.toMatchObject(gone);
    expect(await platform.workspaceExists("ada")).toBe(false);
  });
});

test("a run tells what was put right in its session's transcript", async () => {
  const { ws } = await setting(() => ({ text: "yes" }));
  await ws.run({ message: "go", sessionId: "s" });
  appendFileSync(join(ws.filesDir, "..", "sessions", "s.jsonl"), '{"type":"mess');
  const { events, onEvent } = listen();
  expect(await ws.run({ message: "go", sessionId: "s", onEvent })).toMatchObject({ response: "yes" });
  expect(events.filter(({ type }) => type === "session_repair")).toMatchObject([
    { kind: "torn", bytes: 13, reason: expect.any(String) },
  ]);
});
