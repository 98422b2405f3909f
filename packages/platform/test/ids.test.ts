import { describe, expect, test } from "vitest";
import { InvalidIdError } from "../src/errors/option-errors.ts";
import { parseSessionId, parseUserId } from "../src/ids.ts";

const good = ["a", "user-42", "A.b_c-9", "0", "x".repeat(128), "7d9f6a52-3f0e-4a2e-9d6c-0b1f5f1f2c11"];

const bad = [
  "",
  ".",
  "..",
  "../x",
  "a/b",
  "a\\b",
  "/etc",
  "a..b",
  ".hidden",
  "-rf",
  "_x",
  "a.",
  "a b",
  "a\0b",
  "a\n",
  "ä",
  "x".repeat(129),
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "%2e%2e",
];

describe("ids", () => {
  test.each(good)("%j is a user id and a session id", (id) => {
    expect(parseUserId(id)).toBe(id);
    expect(parseSessionId(id)).toBe(id);
  });

  test.each(bad)("%j is neither", (id) => {
    expect(() => parseUserId(id)).toThrow(InvalidIdError);
    expect(() => parseSessionId(id)).toThrow(InvalidIdError);
  });

  test.each([undefined, null, 7, {}, ["a"], { toString: () => "a" }])(
    "a value that is no text is refused: %j",
    (id) => {
      expect(() => parseUserId(id)).toThrow(expect.objectContaining({ code: "INVALID_ID", kind: "userId" }));
    },
  );

  test("the message says what an id may hold", () => {
    expect(() => parseSessionId("../../etc")).toThrow(
      /sessionId.*letters, digits, dots, dashes and underscores/,
    );
  });
});
