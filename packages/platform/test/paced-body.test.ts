import { expect, test } from "vitest";
import { argumentBounds } from "../src/broker/argument-bounds.ts";
import { argumentMerger } from "../src/broker/merged-arguments.ts";
import { pacedBody } from "../src/broker/paced-body.ts";

const event = "data: 1\n\n";

/** A body that comes in one chunk of the network, as the broker hands it on. */
function paced(text: string) {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(Buffer.from(text));
      controller.close();
    },
  });
  return pacedBody(body, argumentMerger());
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

test("nothing more is read of a body that was failed, also of what has come", async () => {
  const { body, fail } = paced(event.repeat(100));
  const reader = body.getReader();
  await reader.read();
  fail(new RangeError("enough"));
  await expect(reader.read()).rejects.toThrow("enough");
});

test("arguments may be long or in many pieces, but not both", () => {
  const told = (lengths: Iterable<number>) => {
    const excessOf = argumentBounds();
    for (const length of lengths) {
      const excess = excessOf({ contentIndex: 0, delta: "x".repeat(length) });
      if (excess !== undefined) return excess;
    }
    return undefined;
  };
  const small = Array<number>(1000).fill(8);
  expect(told([...small, 8_000_000])).toBeUndefined();
  expect(told([...small, 8_000_000, 500_000])).toMatch(/more than/);
  expect(told([8_000_000, ...small])).toMatch(/too many pieces/);
  expect(told(Array<number>(7000).fill(8))).toBeUndefined();
  expect(told(Array<number>(9000).fill(8))).toMatch(/too many pieces/);
});
