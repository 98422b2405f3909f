import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AssistantMessage, Message } from "../src/messages.ts";
import { openSession } from "./support/open-session.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const model = { provider: "p", modelId: "m" };
const user = (content: string): Message => ({ role: "user", content, timestamp: 1 });
const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, totalTokens: 0 };
const assistant = (content: AssistantMessage["content"]): AssistantMessage => ({
  role: "assistant",
  content,
  api: "openai-completions",
  provider: "p",
  model: "m",
  usage: { ...usage, cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 } },
  stopReason: "stop",
  timestamp: 1,
});
const call = (id: string) => ({ type: "toolCall" as const, id, name: "bash", arguments: {} });

function place(directory = temporaryDirectory()) {
  const open = (sessionId = "s") => openSession({ directory, sessionId });
  return { directory, path: join(directory, "s.jsonl"), open };
}

/** Opens the session, appends, and closes it. */
async function talk({ open }: ReturnType<typeof place>, ...messages: Message[]): Promise<void> {
  const session = await open();
  for (const message of messages) await session.appendMessages([message], model);
  await session.close();
}

async function readBack({ open }: ReturnType<typeof place>): Promise<readonly Message[]> {
  const session = await open();
  await session.close();
  return session.messages;
}

describe("a transcript", () => {
  test("is pi's JSONL of version 3: a header, then entries that name their parents", async () => {
    const at = place();
    await talk(at, user("one"), assistant([{ type: "text", text: "two" }]));
    const [header, ...entries] = readFileSync(at.path, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(header).toMatchObject({ type: "session", version: 3, id: "s", cwd: "/workspace" });
    expect(entries.map((entry) => entry.type)).toEqual(["model_change", "message", "message"]);
    expect(entries[0]).toMatchObject({ parentId: null, provider: "p", modelId: "m" });
    expect(entries[1]).toMatchObject({ parentId: entries[0].id, message: { role: "user", content: "one" } });
    expect(entries[2]).toMatchObject({ parentId: entries[1].id, message: { role: "assistant" } });
    for (const entry of entries) expect(entry).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{16}$/) });
  });

  test("gives the next run what the last one said, and notes a model only when it changes", async () => {
    const at = place();
    await talk(at, user("one"), assistant([{ type: "text", text: "two" }]));
    await talk(at, user("three"));
    expect((await readBack(at)).map((message) => message.role)).toEqual(["user", "assistant", "user"]);
    expect(readFileSync(at.path, "utf8").match(/model_change/g)).toHaveLength(1);
  });

  test("goes on as a branch does: from the last entry back to the root", async () => {
    const at = place();
    const line = (id: string, parentId: string | null, content: string) =>
      `${JSON.stringify({ type: "message", id, parentId, timestamp: "2026-01-01T00:00:00Z", message: user(content) })}\n`;
    const header = `${JSON.stringify({ type: "session", version: 3, id: "s", timestamp: "2026-01-01T00:00:00Z", cwd: "/" })}\n`;
    writeFileSync(at.path, header + line("a", null, "a") + line("b", "a", "b") + line("c", "a", "c"));
    expect((await readBack(at)).map((message) => message.content)).toEqual(["a", "c"]);
    const compaction = { type: "compaction", id: "k", parentId: "c", timestamp: "2026-01-01T00:00:00Z" };
    const compacted = `${JSON.stringify({ ...compaction, summary: "sum", firstKeptEntryId: "c", tokensBefore: 9 })}\n`;
    const label = `${JSON.stringify({ type: "label", id: "l", parentId: "d", timestamp: "2026-01-01T00:00:00Z" })}\n`;
    writeFileSync(
      at.path,
      header + line("a", null, "a") + line("c", "a", "c") + compacted + line("d", "k", "d") + label,
    );
    expect((await readBack(at)).map((message) => message.content)).toEqual([
      expect.stringContaining("sum"),
      "c",
      "d",
    ]);
  });

  test("cannot be written by two runs at a time", async () => {
    const at = place();
    const session = await at.open();
    await expect(at.open()).rejects.toMatchObject({ code: "SESSION_BUSY" });
    await session.close();
  });

  test("of a workspace that was deleted is a typed error", async () => {
    await expect(place(join(temporaryDirectory(), "gone")).open()).rejects.toMatchObject({
      code: "WORKSPACE_NOT_FOUND",
    });
  });

  test("is not written any more once its lock is lost", async () => {
    const at = place();
    const session = await at.open();
    await session.appendMessages([user("one")], model);
    rmSync(join(at.directory, "s.lock"));
    await expect(session.appendMessages([user("two")])).rejects.toMatchObject({ code: "SESSION_LOCK_LOST" });
    await expect(session.appendMessages([user("three")])).rejects.toMatchObject({
      code: "SESSION_LOCK_LOST",
    });
    await session.close();
    expect(await readBack(at)).toHaveLength(1);
  });
});

describe("a transcript whose last line is torn", () => {
  test("at any byte loses that line only, keeps its bytes aside, and goes on", async () => {
    const whole = place();
    await talk(whole, user("one"), user("two ä"));
    const bytes = readFileSync(whole.path);
    const start = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1;
    for (let length = start + 1; length < bytes.length; length += 7) {
      const at = place();
      writeFileSync(at.path, bytes.subarray(0, length));
      await talk(at, user("three"));
      expect((await readBack(at)).map((message) => message.content)).toEqual(["one", "three"]);
      const [aside, ...more] = readdirSync(at.directory).filter((name) => name.includes(".torn-"));
      expect(more).toEqual([]);
      expect(readFileSync(join(at.directory, aside ?? ""))).toEqual(bytes.subarray(start, length));
    }
  });

  test("before its header was whole begins anew", async () => {
    const at = place();
    await talk(at, user("one"));
    truncateSync(at.path, 20);
    await talk(at, user("two"));
    expect((await readBack(at)).map((message) => message.content)).toEqual(["two"]);
  });

  test("by a power cut, with NULs where data should be, loses that line only", async () => {
    const at = place();
    await talk(at, user("one"));
    const bytes = readFileSync(at.path);
    writeFileSync(
      at.path,
      Buffer.concat([bytes, Buffer.from('{"type":"mess'), Buffer.alloc(50), Buffer.from("}\n")]),
    );
    expect((await readBack(at)).map((message) => message.content)).toEqual(["one"]);
  });
});

describe("a transcript that cannot be read", () => {
  const damages: [string, (lines: string[]) => string[]][] = [
    ["a middle line is no JSON", (lines) => lines.with(2, "{")],
    ["the last whole line is no JSON", (lines) => lines.with(-1, "{")],
    ["a line is no entry", (lines) => lines.with(2, '{"type":"message"}')],
    ["an empty line is in it", (lines) => lines.toSpliced(2, 0, "")],
    ["an entry is missing", (lines) => lines.toSpliced(2, 1)],
    ["an entry is there twice", (lines) => lines.toSpliced(2, 0, lines[2] ?? "")],
    ["the header is missing", (lines) => lines.slice(1)],
    [
      "it is of another version",
      (lines) => lines.with(0, (lines[0] ?? "").replace('"version":3', '"version":4')),
    ],
    ["it is of another session", (lines) => lines.with(0, (lines[0] ?? "").replace('"id":"s"', '"id":"S"'))],
  ];

  test.each(damages)("because %s is a typed error, and stays as it is", async (_, damage) => {
    const at = place();
    await talk(at, user("one"), user("two"), user("three"));
    const text = `${damage(readFileSync(at.path, "utf8").trimEnd().split("\n")).join("\n")}\n`;
    writeFileSync(at.path, text);
    await expect(at.open()).rejects.toMatchObject({ code: "TRANSCRIPT_CORRUPT", path: at.path });
    expect(readFileSync(at.path, "utf8")).toBe(text);
    // The lock is given back, so that the repaired file can be used.
    await expect(at.open()).rejects.toMatchObject({ code: "TRANSCRIPT_CORRUPT" });
  });
});

describe("tool calls that a dead run left without a result", () => {
  test("get one that says so, once, after those that have one", async () => {
    const at = place();
    const result: Message = {
      role: "toolResult",
      toolCallId: "1",
      toolName: "bash",
      content: [{ type: "text", text: "done" }],
      isError: false,
      timestamp: 1,
    };
    await talk(at, user("go"), assistant([call("1"), call("2"), call("3")]), result);
    const first = await readBack(at);
    expect(first.slice(-3)).toMatchObject([
      { toolCallId: "1", isError: false },
      { toolCallId: "2", isError: true, toolName: "bash" },
      { toolCallId: "3", isError: true },
    ]);
    expect(await readBack(at)).toEqual(first);
  });
});
