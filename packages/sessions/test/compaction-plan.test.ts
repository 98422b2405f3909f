import { estimateTokens } from "@cloison/fallback";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CompactionPlan, planCompaction as planWith } from "../src/compaction/plan.ts";
import type { ConversationPart } from "../src/context/visible-message.ts";
import type { Message } from "../src/messages.ts";
import { assistant, call, result, user } from "./support/talk.ts";

const planCompaction = (given: readonly ConversationPart[], targetTokens: number) =>
  planWith(given, targetTokens, estimateTokens);

const base = { parentId: null, timestamp: "2026-01-01T00:00:00Z" };

/** The messages as parts, their places as the ids of their entries. */
function parts(messages: readonly Message[], summary?: string): ConversationPart[] {
  const entries = messages.map(
    (message, index): ConversationPart => ({
      entry: { ...base, type: "message", id: String(index), message },
      message,
    }),
  );
  if (summary === undefined) return entries;
  const entry = { ...base, type: "compaction" as const, id: "k", summary, firstKeptEntryId: "0" };
  return [{ entry, message: user(summary) }, ...entries];
}

const long = (text: string) => `${text} ${"x".repeat(1000)}`;
const turn = (name: string): Message[] => [
  user(name),
  assistant("", call(name)),
  result(name, long(name)),
  assistant(`did ${name}`),
];

describe("a plan to make a conversation shorter", () => {
  test("summarises as few of the older turns as will do", () => {
    const talk = [...turn("a"), ...turn("b"), ...turn("c"), user("d")];
    const about = estimateTokens(talk.slice(4)) + 10;
    expect(planCompaction(parts(talk), about)).toMatchObject({ firstKeptEntryId: "4", isWithinTurn: false });
    const plan = planCompaction(parts(talk), about / 2);
    expect(plan).toMatchObject({ firstKeptEntryId: "8", maxResultChars: undefined });
    expect(plan?.older).toEqual(talk.slice(0, 8));
  });

  const tail = [user("b"), assistant("", call("b")), result("b", "x".repeat(60_000))];

  test("keeps the last message of the user and what follows, and cuts tool results in it where it must", () => {
    const all = parts([...turn("a"), ...tail]);
    expect(planCompaction(all, 2000)).toMatchObject({ firstKeptEntryId: "4", maxResultChars: 8000 });
    expect(planCompaction(all, 200)).toMatchObject({ firstKeptEntryId: "4", maxResultChars: 500 });
  });

  test("only cuts tool results where nothing is older", () => {
    expect(planCompaction(parts(tail), 2000)).toMatchObject({ older: [], maxResultChars: 8000 });
    expect(planCompaction(parts(tail, "all before"), 2000)).toMatchObject({
      older: [],
      maxResultChars: 8000,
    });
  });

  test("gives up the beginning of a long turn when nothing else is left", () => {
    const steps = Array.from({ length: 20 }, (_, index) => [
      assistant(long("thought"), call(String(index))),
      result(String(index), long("printed")),
    ]);
    const talk = [user("work"), ...steps.flat()];
    const target = estimateTokens(talk.slice(-20));
    const plan = planCompaction(parts(talk), target);
    expect(plan).toMatchObject({ isWithinTurn: true, firstKeptEntryId: "21" });
    expect(plan?.keptTokens).toBe(target);
  });

  test("is as short as can be where the target is out of reach", () => {
    const talk = [...turn("a"), user("x".repeat(5000))];
    const keptTokens = estimateTokens(talk.at(-1));
    expect(planCompaction(parts(talk), 10)).toMatchObject({ firstKeptEntryId: "4", keptTokens });
  });

  test("is none where nothing can be made shorter", () => {
    expect(planCompaction([], 0)).toBeUndefined();
    expect(planCompaction(parts([user(long("alone"))]), 10)).toBeUndefined();
    expect(planCompaction(parts([user(long("alone"))], "all before"), 10)).toBeUndefined();
  });
});

/** Conversations as runs make them: also unanswered messages, and turns that are not over. */
const anyTalk = fc
  .array(
    fc.record({
      asks: fc.nat(300),
      steps: fc.array(fc.tuple(fc.nat(300), fc.array(fc.nat(9000), { maxLength: 3 })), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((turns) =>
    turns.flatMap(({ asks, steps }, turn) => [
      user("u".repeat(asks + 1)),
      ...steps.flatMap(([words, results], step) => {
        const ids = results.map((_, index) => `${turn}-${step}-${index}`);
        return [
          assistant("a".repeat(words + 1), ...ids.map((id) => call(id))),
          ...results.map((size, index) => result(ids[index] ?? "", "r".repeat(size))),
        ];
      }),
    ]),
  );

test("no plan splits calls from their results, or keeps more than there was", () => {
  const check = (talk: Message[], target: number, summary?: string) => {
    const all = parts(talk, summary);
    const size = estimateTokens(all.map(({ message }) => message));
    const plan: CompactionPlan | undefined = planCompaction(all, target);
    if (plan === undefined) return;
    const cut = talk[Number(plan.firstKeptEntryId)];
    expect(cut?.role).toMatch(/user|assistant/);
    const lastUser = talk.findLastIndex(({ role }) => role === "user");
    expect(plan.isWithinTurn).toBe(Number(plan.firstKeptEntryId) > lastUser);
    expect(plan.older.length > 0 || plan.maxResultChars !== undefined).toBe(true);
    // Of a summary alone no summary is made.
    expect(plan.older.length).not.toBe(summary === undefined ? -1 : 1);
    expect(plan.keptTokens).toBeLessThan(size);
  };
  fc.assert(fc.property(anyTalk, fc.nat(20_000), fc.option(fc.string(), { nil: undefined }), check), {
    numRuns: 500,
  });
});
