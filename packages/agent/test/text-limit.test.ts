import { expect, test } from "vitest";
import { TailBuffer } from "../src/worker/tail-buffer.ts";
import { firstBytes, keepFirstLines, keepLastLines, lastBytes } from "../src/worker/text-limit.ts";

/** Marsaglia's xorshift32 (2003), so that a failure is the same the next time. */
function* randoms(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

test("a tail buffer holds the end of what was pushed, however it was cut", () => {
  const random = randoms(2463534242);
  const tail = new TailBuffer(100);
  let all = Buffer.alloc(0);
  for (let pushes = 0; pushes < 2000; pushes++) {
    const chunk = Buffer.alloc(
      random.next().value % (pushes % 50 === 0 ? 500 : 30),
      random.next().value % 256,
    );
    tail.push(chunk);
    all = Buffer.concat([all, chunk]).subarray(-1000);
    const { bytes } = tail;
    expect(bytes.length).toBeGreaterThanOrEqual(Math.min(100, all.length));
    expect(bytes.length).toBeLessThanOrEqual(200);
    expect(bytes.equals(all.subarray(all.length - bytes.length))).toBe(true);
  }
});

test("cuts at characters, as near to the limit as they allow", () => {
  const text = "aé€😀".repeat(20);
  for (let bytes = 0; bytes <= Buffer.byteLength(text) + 1; bytes++) {
    const first = firstBytes(text, bytes);
    const last = lastBytes(text, bytes);
    expect(text.startsWith(first) && text.endsWith(last)).toBe(true);
    for (const kept of [first, last]) {
      expect(kept.isWellFormed()).toBe(true);
      expect(Buffer.byteLength(kept)).toBeGreaterThan(Math.min(bytes, Buffer.byteLength(text)) - 4);
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(bytes);
    }
  }
});

test("keeps whole lines within both limits", () => {
  const lines = Array.from({ length: 5000 }, (_, index) => `${index}`);
  expect(keepFirstLines(lines)).toMatchObject({ lines: 2000, cut: true });
  expect(keepLastLines(lines).text.split("\n").slice(0, 1)).toEqual(["3000"]);
  const wide = lines.map((line) => line.padEnd(1023));
  expect(keepFirstLines(wide)).toMatchObject({ lines: 50, cut: true });
  expect(keepLastLines(wide)).toMatchObject({ lines: 50, cut: true });
  expect(keepFirstLines(["a", "b"])).toEqual({ text: "a\nb", lines: 2, cut: false });
  expect(keepLastLines([""])).toEqual({ text: "", lines: 1, cut: false });
});
