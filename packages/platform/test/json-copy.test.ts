import fc from "fast-check";
import { expect, test } from "vitest";
import { copyJson } from "../src/hooks/json-copy.ts";

test("a copy is the same JSON, and shares no object with the original", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (dictionary) => {
      const value: object = JSON.parse(JSON.stringify(dictionary));
      const copy = copyJson(value);
      if (copy === undefined) {
        expect(JSON.stringify(value)).toMatch(/__proto__|constructor/);
        return;
      }
      expect(copy).toEqual(value);
      const originals = new Set(objectsIn(value));
      expect(objectsIn(copy).filter((object) => originals.has(object))).toEqual([]);
    }),
  );
});

test.each([
  ["the key __proto__", JSON.parse('{"a":[{"__proto__":{"polluted":true}}]}')],
  ["a constructor with a prototype", { constructor: { prototype: { polluted: true } } }],
  ["too many levels", deep(70)],
  ["a function", { call: () => 1 }],
  ["a date", { at: new Date(0) }],
  ["a number that JSON has not", { n: Number.NaN }],
  ["a list with a gap", { list: [1, undefined] }],
])("what has %s is not copied", (_, value: object) => {
  expect(copyJson(value)).toBeUndefined();
});

test("harmless neighbours of these are copied", () => {
  expect(copyJson({ constructor: "Ford", prototype: {}, proto: [deep(30)], left: undefined })).toEqual({
    constructor: "Ford",
    prototype: {},
    proto: [deep(30)],
  });
});

function deep(levels: number): object {
  return levels === 0 ? {} : { inner: deep(levels - 1) };
}

function objectsIn(value: unknown): object[] {
  return typeof value === "object" && value !== null
    ? [value, ...Object.values(value).flatMap(objectsIn)]
    : [];
}
