import { describe, expect, test } from "vitest";
import { createRedaction } from "../src/broker/redaction.ts";

const KEY = "abc/def+ghi=jkl_mno";

describe("a key in what a provider says", () => {
  const phpJson = JSON.stringify({ key: KEY }).replaceAll("/", "\\/");
  test.each([
    ["as it is", KEY],
    ["in JSON", phpJson],
    ["in JSON within JSON", JSON.stringify({ body: phpJson })],
    ["in a URL", `http://a/?key=${encodeURIComponent(KEY)}`],
    ["in a URL, in small letters", `http://a/?key=${encodeURIComponent(KEY).toLowerCase()}`],
  ])("is taken out: %s", (_, words) => {
    const { text, cause } = createRedaction(KEY);
    expect(text(words)).not.toContain("ghi");
    expect(text(words)).toContain("[redacted]");
    expect(cause(new TypeError(words))).toBeUndefined();
    expect(cause(new AggregateError([new TypeError(words)], "no way"))).toBeUndefined();
  });

  test("leaves all else as it is", () => {
    const { text, cause } = createRedaction(KEY);
    const words = KEY.slice(0, -1);
    const error = new TypeError(words);
    expect(text(words)).toBe(words);
    expect(cause(error)).toBe(error);
  });

  // Tried from each of them, it takes minutes.
  test("is looked for in a moment in a long run of backslashes", () => {
    const words = "\\".repeat(400_000);
    expect(createRedaction(`-${KEY}`).text(words)).toBe(words);
  });
});
