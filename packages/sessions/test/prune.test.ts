import { describe, expect, onTestFinished, test } from "vitest";
import { contextTokens } from "../src/context/context-tokens.ts";
import { pruneToolResults } from "../src/context/prune.ts";
import { roughTokens } from "../src/context/token-estimate.ts";
import type { AssistantMessage, Message } from "../src/messages.ts";
import { openSession } from "./support/open-session.ts";
import { assistant, call, result, shown, user } from "./support/talk.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

async function sessionWith(messages: readonly Message[]) {
  const place = { directory: temporaryDirectory(), sessionId: "s" };
  const session = await openSession(place);
  onTestFinished(() => session.close());
  await session.appendMessages(messages);
  const reopened = async () => {
    await session.close();
    const again = await openSession(place);
    await again.close();
    return again.messages;
  };
  return { session, reopened };
}

/** A call and a result of about 1,000 tokens. */
const step = (id: string): Message[] => [
  assistant("", call(id)),
  result(id, `${id} ${"x".repeat(4000)} end`),
];
const steps = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => step(String(from + index))).flat();
const isCut = (message: Message) => shown(message).includes("characters left out");

describe("pruning of tool results", () => {
  test("does nothing within the budget", async () => {
    const { session } = await sessionWith([user("go"), ...steps(0, 3), assistant("done")]);
    const { info } = session;
    expect(await pruneToolResults({ session, budgetTokens: 10_000 })).toBeUndefined();
    expect(session.info).toEqual(info);
  });

  test("cuts old results to head and tail, keeps the newest whole, and leaves no message out", async () => {
    const talk = [user("go"), ...steps(0, 10), assistant("done")];
    const { session, reopened } = await sessionWith(talk);
    const outcome = await pruneToolResults({ session, budgetTokens: 5000 });
    expect(outcome?.tokensBefore).toBeGreaterThan(10_000);
    expect(outcome?.tokensAfter).toBeLessThanOrEqual(3750);
    const results = session.messages.filter(({ role }) => role === "toolResult");
    expect(results.map(isCut)).toEqual([...Array(8).fill(true), false, false]);
    expect(shown(results[0] ?? user(""))).toMatch(/^0 x[\s\S]*x end$/);
    expect(session.messages.filter(({ role }) => role !== "toolResult")).toEqual(
      talk.filter(({ role }) => role !== "toolResult"),
    );
    const sent = session.messages;
    expect(await reopened()).toEqual(sent);
  });

  test("shows the same from turn to turn, until the budget is used up again", async () => {
    const { session } = await sessionWith([user("go"), ...steps(0, 10)]);
    let changes = 0;
    for (let turn = 10; turn < 40; turn += 1) {
      const before = session.messages;
      if ((await pruneToolResults({ session, budgetTokens: 8000 })) !== undefined) changes += 1;
      else expect(session.messages.slice(0, before.length)).toEqual(before);
      expect(resultTokens(session.messages)).toBeLessThan(8000);
      await session.appendMessages(step(String(turn)));
    }
    expect(changes).toBeGreaterThan(1);
    expect(changes).toBeLessThan(15);
  });

  test("never cuts what the model has not answered yet", async () => {
    const calls = Array.from({ length: 5 }, (_, index) => call(String(index)));
    const results = calls.map(({ id }) => result(id, "x".repeat(4000)));
    const { session } = await sessionWith([user("go"), assistant("", ...calls), ...results]);
    expect(await pruneToolResults({ session, budgetTokens: 1000 })).toBeUndefined();
    await session.appendMessages([assistant("done")]);
    expect(await pruneToolResults({ session, budgetTokens: 1000 })).toBeDefined();
    expect(session.messages.map(isCut)).toEqual([false, false, ...Array(5).fill(true), false]);
  });
});

describe("the length of a conversation", () => {
  const used = (text: string, totalTokens: number): AssistantMessage => {
    const message = assistant(text);
    return { ...message, usage: { ...message.usage, totalTokens } };
  };

  test("is what the provider said, and what came since by estimate", async () => {
    const { session } = await sessionWith([user("x".repeat(400)), used("yes", 5000)]);
    expect(contextTokens(session)).toEqual({ tokens: 5000, measured: true });
    await session.appendMessages([user("y".repeat(400))]);
    expect(contextTokens(session)).toEqual({ tokens: 5100, measured: true });
  });

  test.each([
    ["no answer tells it", [user("hello"), assistant("yes")]],
    ["the answer broke off", [user("hello"), { ...used("yes", 5000), stopReason: "aborted" as const }]],
  ])("is estimated where %s", async (_, talk) => {
    const { session } = await sessionWith(talk);
    expect(contextTokens(session)).toEqual({ tokens: roughTokens(session.messages), measured: false });
  });

  test.each(["a summary", "cut results"])(
    "is estimated after %s made it shorter, until the next answer",
    async (by) => {
      const { session } = await sessionWith([user("x".repeat(9000)), user("a"), used("yes", 5000)]);
      const firstKeptEntryId = session.branch()[1]?.id ?? "";
      const summary = { summary: "short", firstKeptEntryId, tokensBefore: 5000 };
      await session.compact(by === "a summary" ? { summary } : { maxResultChars: 100 });
      const estimated = { tokens: roughTokens(session.messages), measured: false };
      expect(contextTokens(session)).toEqual(estimated);
      await session.appendMessages([used("c", 70)]);
      expect(contextTokens(session)).toEqual({ tokens: 70, measured: true });
    },
  );
});

function resultTokens(messages: readonly Message[]): number {
  return roughTokens(messages.filter(({ role }) => role === "toolResult"));
}
