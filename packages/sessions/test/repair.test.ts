import { describe, expect, test } from "vitest";
import { conversationParts } from "../src/context/conversation.ts";
import { repaired } from "../src/context/repair.ts";
import type { ConversationPart } from "../src/context/visible-message.ts";
import type { SessionEntry } from "../src/entries.ts";
import type { AssistantMessage, Message } from "../src/messages.ts";
import { assistant, call, result, shown, user } from "./support/talk.ts";

const base = { parentId: null, timestamp: "2026-01-01T00:00:00.000Z" };

function partsOf(messages: readonly Message[]): ConversationPart[] {
  return messages.map((message, index) => ({
    entry: { ...base, type: "message", id: String(index), message },
    message,
  }));
}

const repair = (...messages: Message[]) => repaired(partsOf(messages)).map(({ message }) => message);
const unfinished = (id: string) =>
  expect.objectContaining({ toolCallId: id, isError: true, role: "toolResult" });
const broken = (text: string, ...calls: Parameters<typeof call>[0][]): AssistantMessage => ({
  ...assistant(text, ...calls.map((id) => call(id))),
  stopReason: "aborted",
});

describe("a conversation that is in order", () => {
  test("is left as it is, message by message", () => {
    const talk = [
      user("go"),
      assistant("I", call("1"), call("2")),
      result("1", "a"),
      result("2", "b"),
      assistant("so"),
    ];
    const shownTalk = repair(...talk);
    expect(shownTalk).toEqual(talk);
    for (const [index, message] of shownTalk.entries()) expect(message).toBe(talk[index]);
  });
});

describe("a call without a result", () => {
  test("gets one that says so, wherever it stands", () => {
    const lost = assistant("", call("1"), call("2"));
    expect(repair(user("go"), lost, result("2", "b"), user("and?"), assistant("so"))).toEqual([
      user("go"),
      lost,
      unfinished("1"),
      result("2", "b"),
      user("and?"),
      assistant("so"),
    ]);
  });

  test("in an answer that broke off is left out with it", () => {
    expect(repair(user("go"), broken("", "1"), user("again"))).toEqual([user("go"), user("again")]);
    const left = { ...assistant("I begin"), stopReason: "stop" };
    expect(repair(user("go"), broken("I begin", "1"), user("again"))).toEqual([
      user("go"),
      left,
      user("again"),
    ]);
  });
});

describe("a result", () => {
  test("stands right behind its call, in the order of the calls", () => {
    const asked = assistant("", call("1"), call("2"));
    expect(repair(user("go"), asked, result("2", "b"), user("wait"), result("1", "a"))).toEqual([
      user("go"),
      asked,
      result("1", "a"),
      result("2", "b"),
      user("wait"),
    ]);
  });

  test("without a call, before its call, or given twice is left out", () => {
    const asked = assistant("", call("1"));
    expect(
      repair(user("go"), result("1", "early"), asked, result("1", "a"), result("1", "b"), result("9", "x")),
    ).toEqual([user("go"), asked, result("1", "a")]);
  });

  test("of an answer that broke off keeps its call", () => {
    const left = { ...assistant("", call("1")), stopReason: "toolUse" };
    expect(repair(user("go"), broken("", "1", "2"), result("1", "a"))).toEqual([
      user("go"),
      left,
      result("1", "a"),
    ]);
  });

  test("belongs to the latest call of its id, and ids are made unique", () => {
    const first = assistant("", call("c"));
    const talk = repair(
      user("go"),
      first,
      result("c", "a"),
      assistant("", call("c"), call("c")),
      result("c", "b"),
      result("c", "d"),
    );
    expect(talk).toEqual([
      user("go"),
      first,
      result("c", "a"),
      assistant("", call("c_2"), call("c_3")),
      result("c_2", "b"),
      result("c_3", "d"),
    ]);
    const long = "x".repeat(64);
    const renamed = repair(user("go"), assistant("", call(long), call(long)));
    expect(renamed.slice(2)).toEqual([unfinished(long), unfinished(`${"x".repeat(62)}_2`)]);
  });
});

describe("a message with nothing in it", () => {
  test("of the model is left out", () => {
    const thinking: AssistantMessage = { ...assistant(""), content: [{ type: "thinking", thinking: "hm" }] };
    expect(repair(user("go"), assistant(""), thinking, assistant(" \n"), user("and?"))).toEqual([
      user("go"),
      user("and?"),
    ]);
  });

  test("of the user is shown as one, and blank texts beside others are left out", () => {
    const image = { type: "image" as const, data: "AA==", mimeType: "image/png" };
    const text = (words: string) => ({ type: "text" as const, text: words });
    const mixed: Message = { role: "user", content: [text(" "), image], timestamp: 1 };
    expect(repair(user(" "), { ...mixed, content: [text("")] }, mixed)).toEqual([
      user("(an empty message)"),
      user("(an empty message)"),
      { ...mixed, content: [image] },
    ]);
    const spoken: AssistantMessage = { ...assistant("yes"), content: [text(""), text("yes")] };
    expect(repair(user("go"), spoken)).toEqual([user("go"), assistant("yes")]);
  });
});

test("a conversation that begins with the model gets a beginning, behind what the application says", () => {
  const system: Message = { role: "system", content: "be kind", timestamp: 1 };
  const talk = repair(system, assistant("yes"), user("go"));
  expect(talk.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user"]);
});

test("a message of the application's between calls and results is not lost", () => {
  const system: Message = { role: "system", content: "be kind", timestamp: 1 };
  const asked = assistant("", call("1"));
  expect(repair(user("go"), asked, system, result("1", "a"))).toEqual([
    user("go"),
    asked,
    result("1", "a"),
    system,
  ]);
});

test("the model sees summaries of branches and what programs say to it, of compactions the latest alone", () => {
  const entry = (id: string, content: object): SessionEntry => ({ ...base, id, ...content }) as SessionEntry;
  const branch = [
    entry("a", { type: "message", message: user("old") }),
    entry("b", { type: "compaction", summary: "first", firstKeptEntryId: "a" }),
    entry("c", { type: "branch_summary", fromId: "x", summary: "left" }),
    entry("d", { type: "custom_message", customType: "p", content: "hint", display: true }),
    entry("e", { type: "custom", customType: "p", data: 1 }),
    entry("f", { type: "compaction", summary: "second", firstKeptEntryId: "b" }),
    entry("g", { type: "message", message: user("new") }),
  ];
  expect(conversationParts(branch).map(({ message }) => shown(message))).toEqual([
    expect.stringContaining("second"),
    expect.stringContaining("left"),
    "hint",
    "new",
  ]);
});
