import { estimateTokens } from "@cloison/fallback";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conversationText } from "../src/compaction/summary-text.ts";
import { headAndTail } from "../src/context/shortened.ts";
import { assistant, call, result, user } from "./support/talk.ts";

describe("head and tail of a text", () => {
  test("are kept, with a word on what is left out", () => {
    const text = `begin ${"x".repeat(1000)} end`;
    expect(headAndTail(text, 20)).toBe("begin xxxxxx\n[… 990 characters left out …]\nxxxx end");
  });

  test("are the whole text where cutting would not make it shorter", () => {
    expect(headAndTail("x".repeat(50), 20)).toBe("x".repeat(50));
  });

  test("never hold half a character, and are never longer than the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.nat(100), (text, maxChars) => {
        const cut = headAndTail(text, maxChars);
        expect(cut.length).toBeLessThanOrEqual(text.length);
        expect(cut.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe("a conversation as one text", () => {
  const talk = [
    user("please list"),
    assistant("I look", call("1", { command: "ls" })),
    result("1", `first ${"line ".repeat(2000)} last`),
  ];

  test("says who said what, tool results cut to head and tail", () => {
    const text = conversationText(talk, 100_000, estimateTokens);
    expect(text).toMatch(
      /^\[user\] please list\n\n\[assistant\] I look\n\n\[assistant calls bash\] \{"command":"ls"\}/,
    );
    expect(text).toMatch(/\[result of bash\] first line [\s\S]*characters left out[\s\S]*line {2}last$/);
    expect(text.length).toBeLessThan(2300);
  });

  test("is cut further until it is as short as asked, words of people last", () => {
    expect(conversationText(talk, 100, estimateTokens)).toContain("[user] please list");
    const gap = estimateTokens("\n[… 12345 characters left out …]\n");
    fc.assert(
      fc.property(fc.integer({ min: 50, max: 4000 }), (maxTokens) => {
        // The last cut is by the text's average length of a token.
        expect(estimateTokens(conversationText(talk, maxTokens, estimateTokens))).toBeLessThanOrEqual(
          1.3 * maxTokens + gap,
        );
      }),
    );
  });
});
