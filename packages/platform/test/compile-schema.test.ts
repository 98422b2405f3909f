import type { JsonObject } from "@cloison/sessions";
import { expect, test } from "vitest";
import { compileSchema, type SchemaCheck } from "../src/tools/compile-schema.ts";

async function checkOf(schema: JsonObject): Promise<SchemaCheck> {
  const compiled = await compileSchema(schema);
  return "check" in compiled ? compiled.check : () => compiled.refused;
}

test("a value that fits has no complaint, and is not changed", async () => {
  const check = await checkOf({ type: "object", properties: { n: { type: "integer", default: 5 } } });
  const value = { n: 1, more: "x" };
  expect(check(value)).toBeUndefined();
  expect(value).toEqual({ n: 1, more: "x" });
  expect(check({ n: "1" })).toBe("/n must be integer");
});

test("values that an enumeration allows are told", async () => {
  const check = await checkOf({ type: "object", properties: { a: { enum: ["x", "y"] }, b: { const: 1 } } });
  expect(check({ a: "z", b: 2 })).toBe(
    '/a must be equal to one of the allowed values: ["x","y"]; /b must be equal to constant: 1',
  );
});

test("of many complaints the first ten are told, and how many there are", async () => {
  const check = await checkOf({ type: "array", items: { type: "string" } });
  expect(check(Array(1000).fill(1))?.split("; ")).toHaveLength(11);
  expect(check(Array(1000).fill(1))).toMatch(/; and 990 more$/);
});

test("of a long value only the first complaint is told, so that none is millions of them", async () => {
  const check = await checkOf({ type: "array", items: { anyOf: [{ type: "string" }, { required: ["a"] }] } });
  const good = [...Array<unknown>(4000).fill("long"), { a: 1 }];
  expect(check(good)).toBeUndefined();
  expect(check([...good, { b: 1 }, ...Array(1_000_000).fill({})])).toBe(
    "/4001 must be string; /4001 must have required property 'a'; /4001 must match a schema in anyOf",
  );
});

test("a long value that takes too long to check is refused, whatever the schema says", async () => {
  const deep = { contains: { contains: { contains: { const: 1 } } } };
  const check = await checkOf(deep);
  const value = Array(300).fill(Array(300).fill(Array(100).fill(2)));
  expect(check(value)).toMatch(/takes too long/);
});

test("what every object inherits is nothing that was said", async () => {
  const check = await checkOf({ type: "object", required: ["constructor"] });
  expect(check({})).toMatch(/required property 'constructor'/);
  const strict = await checkOf({ type: "object", additionalProperties: false });
  expect(strict(JSON.parse('{"__proto__": {}}'))).toMatch(/additional properties: "__proto__"/);
});

test("draft-07 is read by its own rules where a schema names it", async () => {
  const tuple = { type: "array", items: [{ type: "string" }, { type: "integer" }] };
  const check = await checkOf({ $schema: "http://json-schema.org/draft-07/schema#", ...tuple });
  expect(check(["a", "b"])).toBe("/1 must be integer");
  expect((await checkOf(tuple))([])).toMatch(/schema\/items must be object/);
});

test("one schema's name is no other's", async () => {
  const one = await checkOf({ $id: "http://example.com/a", type: "string" });
  const other = await checkOf({ $id: "http://example.com/a", type: "integer" });
  expect([one("x"), other("x")]).toEqual([undefined, "it must be integer"]);
  const reference = await compileSchema({ $ref: "http://example.com/a" });
  expect(reference).toMatchObject({ refused: expect.stringContaining("can't resolve reference") });
});

test.each([
  ["an unknown type", { type: "objekt" }, /schema\/type must be equal/],
  ["a reference to another place", { $ref: "http://example.com/x" }, /can't resolve reference/],
  ["a pattern that is none", { pattern: "(" }, /Invalid regular expression/],
  ["a schema that is checked later", { $async: true }, /\$async is not supported/],
  ["an unknown draft", { $schema: "http://example.com/draft" }, /no schema with key or ref/],
])("%s is refused with the reason", async (_, schema: JsonObject, reason) => {
  expect(await compileSchema(schema)).toMatchObject({ refused: expect.stringMatching(reason) });
});

test("a value that is nested too deep for a schema that refers to itself is a complaint", async () => {
  const check = await checkOf({ type: "object", properties: { next: { $ref: "#" } } });
  let value: object = {};
  for (let depth = 0; depth < 100_000; depth++) value = { next: value };
  expect(check(value)).toBe("it is nested too deep");
});

/** Each of its levels refers to the next one twice. */
function doubling(levels: number): JsonObject {
  const names = Array.from({ length: levels }, (_, level) => `${level}`);
  const twice = (name: string) => ({ allOf: [{ $ref: `#/$defs/${name}` }, { $ref: `#/$defs/${name}` }] });
  const defs = names.map((name, level) => [name, level === 0 ? {} : twice(`${level - 1}`)]);
  return { ...twice(`${levels - 1}`), $defs: Object.fromEntries(defs) };
}

test.each([
  ["a pattern that tries all ways", { pattern: "^(a+)+$" }, `${"a".repeat(40)}!`, "aa"],
  [
    "the pattern of a name",
    { patternProperties: { "^(a+)+$": {} } },
    { [`${"a".repeat(40)}!`]: 1 },
    { a: 1 },
  ],
  ["references that double at each level", doubling(60), "x", undefined],
  [
    "items that are compared",
    { uniqueItems: true },
    Array.from({ length: 100_000 }, (_, n) => ({ n })),
    [1, 2],
  ],
])("%s cannot hold the host for longer than a moment", async (_, schema: JsonObject, value, short) => {
  const check = await checkOf(schema);
  expect(check(value)).toMatch(/takes too long to check/);
  if (short !== undefined) expect(check(short)).toBeUndefined();
});

test("a schema that comes again is not compiled again, and old ones are forgotten", async () => {
  const schema = { type: "object", title: "again" };
  const compiled = await compileSchema(schema);
  expect(await compileSchema({ ...schema })).toBe(compiled);
  for (let number = 0; number < 200; number++) await compileSchema({ type: "object", title: `${number}` });
  expect(await compileSchema(schema)).not.toBe(compiled);
});
