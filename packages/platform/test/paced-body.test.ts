import { expect, test } from "vitest";
import { argumentBounds } from "../src/broker/argument-bounds.ts";
import { argumentMerger } from "../src/broker/merged-arguments.ts";
import { pacedBody } from "../src/broker/paced-body.ts";

const event = `data: ${"1".repeat(600)}\n\n`;

function refuse(why: string): never {
  throw new RangeError(why);
}

/** A body that comes in one chunk of the network, as the broker hands it on. */
function paced(text: string) {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(Buffer.from(text));
      controller.close();
    },
  });
  return pacedBody(body, argumentMerger(refuse));
}

function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test("others have their turn while a client works at each event of one chunk", async () => {
  const { body } = paced(event.repeat(100));
  let turns = 0;
  let reading = true;
  const turn = () => {
    turns += 1;
    if (reading) setImmediate(turn);
  };
  setImmediate(turn);
  let pieces = 0;
  for await (const piece of body) {
    pieces += 1;
    expect(Buffer.from(piece).toString()).toBe(event);
    work(2);
  }
  reading = false;
  expect(pieces).toBe(100);
  expect(turns).toBeGreaterThan(5);
});

test("events of nothing go on many at a time", async () => {
  let pieces = 0;
  for await (const _ of paced("\n\n".repeat(10_000)).body) pieces += 1;
  expect(pieces).toBeLessThan(100);
});

test("nothing more is read of a body that was failed, also of what has come", async () => {
  const { body, fail } = paced(event.repeat(100));
  const reader = body.getReader();
  await reader.read();
  fail(new RangeError("enough"));
  await expect(reader.read()).rejects.toThrow("enough");
});

function told(pieces: Iterable<string>): string | undefined {
  const excessOf = argumentBounds();
  for (const delta of pieces) {
    const excess = excessOf({ contentIndex: 0, delta });
    if (excess !== undefined) return excess;
  }
  return undefined;
}

test("arguments may be long or in many pieces, but not both", () => {
  const text = (length: number) => "x".repeat(length);
  const small = Array<string>(1000).fill(text(8));
  expect(told([...small, text(1_000_000)])).toBeUndefined();
  expect(told([...small, text(1_000_000), text(100_000)])).toMatch(/more than/);
  expect(told([text(1_000_000), ...small])).toMatch(/too many pieces/);
  expect(told(Array<string>(7000).fill(text(8)))).toBeUndefined();
  expect(told(Array<string>(9000).fill(text(8)))).toMatch(/too many pieces/);
});

test("arguments may have some levels, and in their texts any brackets", () => {
  const deep = (levels: number) => `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  expect(told(deep(60))).toBeUndefined();
  expect(told(deep(70))).toMatch(/levels/);
  expect(told([deep(30), deep(30), deep(30)])).toBeUndefined();
  expect(told(JSON.stringify({ a: `"\\"${"[".repeat(200)}` }))).toBeUndefined();
});
