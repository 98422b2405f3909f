import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
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
      const [aside, ...more] = readdirSync(join(at.directory, ".aside"));
      expect(more).toEqual([]);
      expect(aside).toContain("s.jsonl.torn-");
      expect(readFileSync(join(at.directory, ".aside", aside ?? ""))).toEqual(bytes.subarray(start, length));
    }
  });

  test("before its header was whole begins anew", async () => {
    const at = place();
    await talk(at, user("one"));
    truncateSync(at.path, 20);
    await talk(at, user("two"));
    expect((await readBack(at)).map((message) => message.content)).toEqual(["two"]);
  });

  test.each([1, 3])(
    "by a power cut, with NULs where data should be in %d lines, loses those only",
    async (count) => {
      const at = place();
      await talk(at, user("one"));
      const { size } = statSync(at.path);
      const holed = Buffer.concat([Buffer.from('{"type":"mess'), Buffer.alloc(50), Buffer.from("}\n")]);
      appendFileSync(at.path, Buffer.concat(Array.from({ length: count }, () => holed)));
      const session = await at.open();
      await session.close();
      expect(session.messages.map((message) => message.content)).toEqual(["one"]);
      expect(session.repairs).toMatchObject([{ kind: "torn", offset: size, bytes: count * holed.length }]);
      expect(statSync(at.path).size).toBe(size);
    },
  );
});

describe("a transcript with a line that is no entry", () => {
  const bad: [string, string][] = [
    ["no JSON", "{"],
    ["no entry", '{"type":"message"}'],
    ["empty", ""],
    ["a number", "1"],
  ];

  test.each(bad)("because it is %s is read without it, and says so", async (_, line) => {
    for (const index of [2, 3, 4]) {
      const at = place();
      await talk(at, user("one"), user("two"), user("three"));
      const lines = readFileSync(at.path, "utf8").trimEnd().split("\n").toSpliced(index, 0, line);
      writeFileSync(at.path, `${lines.join("\n")}\n`);
      const offset = Buffer.byteLength(lines.slice(0, index).join("\n")) + 1;
      const copies = new Set<number>();
      for (let opening = 0; opening < 2; opening += 1) {
        const session = await at.open();
        await session.close();
        expect(session.messages.map(({ content }) => content)).toEqual(["one", "two", "three"]);
        const keptAt = join(at.directory, ".aside", `s.jsonl.corrupt-${offset}`);
        const bytes = Buffer.byteLength(line) + 1;
        expect(session.repairs).toMatchObject([{ kind: "corrupt", offset, bytes, keptAt }]);
        expect(readFileSync(keptAt, "utf8")).toBe(`${line}\n`);
        copies.add(statSync(keptAt).ino);
        expect(readFileSync(at.path, "utf8")).toBe(`${lines.join("\n")}\n`);
      }
      expect(copies.size).toBe(1);
    }
  });

  test("at its end goes on after it", async () => {
    const at = place();
    await talk(at, user("one"));
    appendFileSync(at.path, "{\n");
    await talk(at, user("two"));
    expect((await readBack(at)).map(({ content }) => content)).toEqual(["one", "two"]);
  });

  test("is opened also when there is no place for a copy of the line", async () => {
    const at = place();
    await talk(at, user("one"));
    appendFileSync(at.path, "{\n");
    writeFileSync(join(at.directory, ".aside"), "");
    const session = await at.open();
    await session.close();
    expect(session.repairs).toMatchObject([{ kind: "corrupt", keptAt: undefined }]);
    expect(session.messages).toHaveLength(1);
  });
});

describe("a file that is no transcript of the session", () => {
  const header = '{"type":"session","version":3,"id":"s","timestamp":"2026-01-01T00:00:00Z","cwd":"/"}\n';
  const entry =
    '{"type":"custom","customType":"c","id":"a","parentId":null,"timestamp":"2026-01-01T00:00:00Z"}\n';
  const contents: [string, string][] = [
    ["the header is missing", entry],
    ["it is of another version", header.replace('"version":3', '"version":4') + entry],
    ["it is of another session", header.replace('"id":"s"', '"id":"S"') + entry],
    ["the header is no JSON", `{${header}`],
    ["it has one line without an end, of something else", '{"event":"login","user":1}'],
    ["it is text", "Dear reader"],
    ["its first line has no end in sight", header.trimEnd() + "x".repeat(100_000)],
    ["it is of another program, and torn", '{"a":1}\n{"a":'],
  ];

  test.each(contents)("because %s is a typed error, and stays as it is", async (_, text) => {
    const at = place();
    writeFileSync(at.path, text);
    const refusal = { code: "TRANSCRIPT_CORRUPT", path: at.path, line: 1 };
    await expect(at.open()).rejects.toMatchObject(refusal);
    expect(readFileSync(at.path, "utf8")).toBe(text);
    // The lock is given back, so that the repaired file can be used.
    await expect(at.open()).rejects.toMatchObject(refusal);
    expect(readdirSync(at.directory)).toEqual(["s.jsonl"]);
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
