import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimateRequestTokens, estimateTokens, FallbackOptionsError } from "../src/index.ts";
import { samples } from "./token-samples.ts";

describe("the estimate of a text", () => {
  it.each(samples)("of $name is 0.9 to 2 times what tokenizers count", ({ text, o200k, cl100k }) => {
    const estimate = estimateTokens(text);
    expect(estimate).toBeGreaterThanOrEqual(0.9 * Math.max(o200k, cl100k));
    expect(estimate).toBeLessThanOrEqual(2 * Math.min(o200k, cl100k));
  });

  it("is of all samples together no less than what tokenizers count", () => {
    const sum = (count: (sample: (typeof samples)[number]) => number) =>
      samples.reduce((total, sample) => total + count(sample), 0);
    expect(sum(({ text }) => estimateTokens(text))).toBeGreaterThanOrEqual(sum(({ cl100k }) => cl100k));
  });

  it.each([
    ["", 0],
    [" ", 0],
    ["word", 1],
    ["Word", 1],
    ["two words", 2],
    ["\n", 1],
    ["a    b", 3],
    ["12345", 3],
    ["-->", 2],
    ["ABCD", 2],
    ["👍", 3],
    ["é", 1],
  ])("of %j is %d", (text, tokens) => {
    expect(estimateTokens(text)).toBe(tokens);
  });

  it("is a whole number, at least a sixth of what is not blank, at most one and a half for each", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.stringMatching(/^[a-zA-Z0-9 \n]*$/));
    fc.assert(
      fc.property(text, (given) => {
        const tokens = estimateTokens(given);
        expect(Number.isSafeInteger(tokens)).toBe(true);
        expect(tokens).toBeGreaterThanOrEqual(given.replace(/\s/g, "").length / 6);
        expect(tokens).toBeLessThanOrEqual(Math.ceil(given.length * 1.5));
      }),
    );
  });

  it("of two texts joined is not more than of each, but for the one that a run may cost", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
        expect(estimateTokens(a + b)).toBeLessThanOrEqual(estimateTokens(a) + estimateTokens(b) + 1);
      }),
    );
  });
});

describe("the estimate of messages", () => {
  const long = "word ".repeat(1000);

  it.each([
    ["OpenAI's", { role: "user", content: long }],
    ["blocks", { role: "user", content: [{ type: "text", text: long }] }],
    ["Google's", { role: "user", parts: [{ text: long }] }],
    [
      "a tool's result",
      { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: long }] },
    ],
    ["a tool's arguments", { role: "assistant", content: [{ type: "toolCall", arguments: { a: [long] } }] }],
  ])("counts the texts in them, whatever their form: %s", (_, message) => {
    const tokens = estimateTokens([message]);
    expect(tokens).toBeGreaterThanOrEqual(1000);
    expect(tokens).toBeLessThan(1030);
  });

  it.each([
    { type: "image", data: "A".repeat(100_000), mimeType: "image/png" },
    { type: "image", source: { type: "base64", media_type: "image/png", data: "A".repeat(100_000) } },
    { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(100_000)}` } },
    { type: "input_image", image_url: `data:image/png;base64,${"A".repeat(100_000)}` },
    { inlineData: { mime_type: "image/png", data: "A".repeat(100_000) } },
    { picture: new Uint8Array(100_000) },
    { picture: `data:image/png;base64,${"A".repeat(100_000)}` },
  ])("counts 1,600 for an image, not its bytes (%#)", (block) => {
    const tokens = estimateTokens({ role: "user", content: [block] });
    expect(tokens).toBeGreaterThanOrEqual(1600);
    expect(tokens).toBeLessThan(1620);
  });

  it("leaves out what is not sent, but not a tool's arguments of the same name", () => {
    const message = { role: "assistant", content: "ok" };
    const kept = { ...message, usage: { input: 123_456 }, model: long, details: { raw: long } };
    expect(estimateTokens(kept)).toBe(estimateTokens(message));
    expect(estimateTokens({ ...message, arguments: { model: long } })).toBeGreaterThan(1000);
    const sealed = { type: "thinking", thinking: "so", thinkingSignature: long, encrypted_content: long };
    expect(estimateTokens(sealed)).toBeLessThan(20);
  });

  it("counts what is nested deeply too, and refuses what holds itself", () => {
    let deep: unknown = long;
    for (let level = 0; level < 3000; level++) deep = [deep];
    expect(estimateTokens(deep)).toBeGreaterThan(1000);
    const round: unknown[] = [];
    round.push(round);
    expect(() => estimateTokens(round)).toThrow(FallbackOptionsError);
  });

  it("of anything that JSON holds is a whole number", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(Number.isSafeInteger(estimateTokens(value))).toBe(true);
      }),
    );
  });
});

describe("the estimate of a request", () => {
  const messages = ["one", "two", "three"].map((content) => ({ role: "user", content }));

  it("has the system prompt and the tools in it", () => {
    const tools = [{ name: "read", description: "Reads a file", parameters: { type: "object" } }];
    const parts = { messages, system: "Be brief.", tools };
    expect(estimateRequestTokens(parts)).toBe(
      estimateTokens(messages) + estimateTokens("Be brief.") + estimateTokens(tools),
    );
  });

  it("is the real count of the last answer and an estimate of what came after it", () => {
    const lastUsage = { totalTokens: 54_321, messages: 2 };
    expect(estimateRequestTokens({ messages, system: "long ".repeat(999), lastUsage })).toBe(
      54_321 + estimateTokens(messages.slice(2)),
    );
    expect(estimateRequestTokens({ messages, lastUsage: { totalTokens: 7, messages: 3 } })).toBe(7);
  });

  it.each([
    ["messages", { messages: "text" }],
    ["prompt", { messages, prompt: "text" }],
    ["messages", { messages, lastUsage: { totalTokens: 1, messages: 4 } }],
    ["totalTokens", { messages, lastUsage: { totalTokens: -1, messages: 1 } }],
    ["totalTokens", { messages, lastUsage: { messages: 1 } }],
    ["tokens", { messages, lastUsage: { tokens: 1, messages: 1 } }],
  ])("refuses a wrong %s (%#)", (option, parts) => {
    const given: Parameters<typeof estimateRequestTokens>[0] = JSON.parse(JSON.stringify(parts));
    expect(() => estimateRequestTokens(given)).toThrow(
      expect.objectContaining({ code: "FALLBACK_OPTIONS", option }),
    );
  });
});
