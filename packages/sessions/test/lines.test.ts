import { writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { StoredLine } from "../src/driver.ts";
import { endOfLines, holdsByte, readLines, readLinesBackward } from "../src/files/lines.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

/** Lines that end at, before and after the ends of the pieces in which files are read. */
const line = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", " ")) },
  { weight: 1, arbitrary: fc.integer({ min: 65_530, max: 65_540 }).map((length) => "x".repeat(length)) },
  { weight: 1, arbitrary: fc.integer({ min: 43_000, max: 44_000 }).map((length) => "€ä".repeat(length)) },
);

async function all(lines: AsyncIterable<StoredLine>): Promise<StoredLine[]> {
  const found: StoredLine[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

test("lines are the same forward, backward and in memory, of any length and from any line on", async () => {
  const path = join(temporaryDirectory(), "lines");
  const property = fc.asyncProperty(fc.array(line), fc.nat(), fc.string(), async (texts, from, rest) => {
    let end = 0;
    const lines = texts.map((text): StoredLine => {
      const offset = end;
      end += Buffer.byteLength(text) + 1;
      return { offset, text };
    });
    const torn = rest.replaceAll("\n", "");
    writeFileSync(path, `${texts.map((text) => `${text}\n`).join("")}${torn}`);
    const size = end + Buffer.byteLength(torn);
    const after = lines.slice(from % (lines.length + 1));
    const part = { from: after[0]?.offset ?? end, to: end };
    await using file = await open(path);
    expect(await all(readLines(file, part))).toEqual(after);
    expect(await all(readLines(file, { ...part, to: size }))).toEqual(after);
    expect(await all(readLinesBackward(path, part))).toEqual(after.toReversed());
    expect(await endOfLines(file, { from: part.from, to: size })).toBe(end);
  });
  await fc.assert(property, { numRuns: 200 });
});

test("a byte is found wherever it is", async () => {
  const path = join(temporaryDirectory(), "bytes");
  for (const at of [0, 65_535, 65_536, 199_999]) {
    writeFileSync(path, Buffer.alloc(200_000, "x").fill(0, at, at + 1));
    await using file = await open(path);
    expect(await holdsByte(file, 0, { from: 0, to: 200_000 })).toBe(true);
    expect(await holdsByte(file, 0, { from: 0, to: at })).toBe(false);
    expect(await holdsByte(file, 0, { from: at + 1, to: 200_000 })).toBe(false);
  }
});

test("the last lines of a large file are read without the rest of it", async () => {
  const path = join(temporaryDirectory(), "large");
  const size = 64 * 1024 * 1024;
  writeFileSync(path, "");
  await using file = await open(path, "r+");
  await file.truncate(size);
  await file.write("\nlast\n", size - 6);
  const before = await bytesRead();
  for await (const { text, offset } of readLinesBackward(path, { from: 0, to: size })) {
    expect({ text, offset }).toEqual({ text: "last", offset: size - 5 });
    break;
  }
  expect((await bytesRead()) - before).toBeLessThan(1024 * 1024);
});

/** By this process, see proc(5). */
async function bytesRead(): Promise<number> {
  await using file = await open("/proc/self/io");
  return Number(/^rchar: (\d+)$/m.exec(await file.readFile("utf8"))?.[1]);
}
