import { expect, test } from "vitest";
import { AgentProtocolError } from "../src/errors.ts";
import { parseModelParams, parseToolNotice } from "../src/parse-worker.ts";

const notices = [
  { run: 1, type: "start", toolCallId: "a" },
  { run: 2, type: "update", toolCallId: "", text: "so far" },
  { run: 3, type: "end", toolCallId: "c", isError: true, content: [{ type: "text", text: "result" }] },
];

/** Values that have broken parsers. */
const oddities: unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  Number.NaN,
  "",
  "start",
  "__proto__",
  "x".repeat(200_000),
  [],
  [[[]]],
  {},
  { length: 5 },
  { type: "text", text: "ok" },
  JSON.parse('{"__proto__":{"run":1}}'),
  JSON.parse('{"toString":1,"constructor":{"prototype":{}}}'),
];

/** Every copy of a value with one part of it replaced, and with one member more. */
function* variants(value: unknown): Generator<unknown> {
  yield* oddities;
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    for (const variant of variants(member)) {
      const copy = structuredClone(value);
      Object.defineProperty(copy, key, { value: variant, enumerable: true });
      yield copy;
    }
    const { [key]: _left, ...rest } = { ...value } as Record<string, unknown>;
    yield rest;
  }
  yield { ...value, more: 1 };
}

test.each(notices)("takes a $type notice as it is", (notice) => {
  expect(parseToolNotice(notice)).toEqual(notice);
});

test("whatever else comes is taken as a notice of the right shape or refused with the one error", () => {
  const shapes = new Set<string>();
  for (const variant of notices.flatMap((notice) => [...variants(notice)])) {
    try {
      const parsed = parseToolNotice(variant);
      shapes.add(`${parsed.type}: ${Object.keys(parsed).sort().join(" ")}`);
      expect(parsed.run).toBeGreaterThanOrEqual(1);
      expect(JSON.stringify(parsed).length).toBeLessThan(300_000);
    } catch (error) {
      expect(error).toBeInstanceOf(AgentProtocolError);
    }
  }
  expect([...shapes].sort()).toEqual([
    "end: content isError run toolCallId type",
    "start: run toolCallId type",
    "update: run text toolCallId type",
  ]);
});

test("takes a run's number and nothing else in a model request", () => {
  expect(parseModelParams({ run: 7 })).toEqual({ run: 7 });
  for (const params of [
    undefined,
    null,
    [],
    {},
    { run: 0 },
    { run: "1" },
    { run: 2 ** 53 },
    { run: 1, more: 1 },
  ]) {
    expect(() => parseModelParams(params)).toThrow(AgentProtocolError);
  }
});

test("half a surrogate pair becomes a replacement character", () => {
  const notice = parseToolNotice({ run: 1, type: "update", toolCallId: "a", text: "\ud83d!" });
  expect(notice).toMatchObject({ text: "\ufffd!" });
});
