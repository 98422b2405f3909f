import { expect, test } from "vitest";
import { type ByteLog, createByteLog } from "../src/commands/byte-log.ts";
import { createPrng } from "./channel/prng.ts";

/** All that the log gives from a position on, piece by piece. */
function from(log: ByteLog, start: number): Buffer {
  const pieces: Buffer[] = [];
  let at = start;
  for (let piece = log.pieceAt(at); piece !== undefined; piece = log.pieceAt(at)) {
    pieces.push(piece);
    at += piece.length;
  }
  return Buffer.concat(pieces);
}

test("a log of bytes gives what was appended and not dropped, at every position", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = createPrng(seed);
    const log = createByteLog();
    let all = Buffer.alloc(0);
    for (let step = 0; step < 60; step++) {
      const chunk = Buffer.alloc(random.below(random.below(2) === 0 ? 20 : 9000), step);
      log.append(chunk);
      all = Buffer.concat([all, chunk]);
      const wanted = random.below(all.length + 1);
      if (random.below(3) === 0) log.dropBefore(wanted);
      expect(log.end).toBe(all.length);
      expect(log.bytes().equals(all.subarray(log.start))).toBe(true);
      const position = log.start + random.below(log.end - log.start + 1);
      expect(from(log, position).equals(all.subarray(position))).toBe(true);
    }
    expect(log.start === 0 || log.pieceAt(log.start - 1) === undefined).toBe(true);
  }
});

test("a log of single bytes takes no Buffer for each of them", () => {
  const log = createByteLog();
  const chunk = Buffer.from("x");
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 2 ** 20; i++) log.append(chunk);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(8 * 2 ** 20);
  // The control: what a list of as many would take.
  const kept = Array.from({ length: 2 ** 18 }, () => Buffer.from("x"));
  expect(process.memoryUsage().heapUsed - before).toBeGreaterThan(8 * 2 ** 20);
  expect(kept.length).toBe(2 ** 18);
});
