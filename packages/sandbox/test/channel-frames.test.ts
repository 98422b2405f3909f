import { describe, expect, it } from "vitest";
import { ChannelFrameTooComplexError, ChannelFrameTooLargeError } from "../src/channel/errors.ts";
import { FrameReader } from "../src/channel/frame-reader.ts";
import { scanFrame } from "../src/channel/frame-scan.ts";
import { readOptions } from "../src/channel/options.ts";
import { TokenBucket } from "../src/channel/token-bucket.ts";
import { createPrng, runSeed } from "./channel/prng.ts";

const { limits } = readOptions({});

function framesOf(reader: FrameReader, chunk: Buffer): string[] {
  const frames: string[] = [];
  reader.push(chunk);
  for (let frame = reader.next(); frame; frame = reader.next()) frames.push(frame.toString());
  return frames;
}

describe("the frame reader", () => {
  it("gives the same frames however the bytes are cut into chunks", () => {
    const random = createPrng(runSeed());
    for (let round = 0; round < 300; round++) {
      const frames = Array.from({ length: random.below(20) }, () =>
        "x".repeat(random.below(random.pick([3, 5000]))),
      );
      const wire = Buffer.from(frames.map((frame) => `${frame}\n`).join(""));
      const reader = new FrameReader(5000);
      const read: string[] = [];
      for (let at = 0; at < wire.length; ) {
        const size = 1 + random.below(random.pick([1, 10, 9000]));
        read.push(...framesOf(reader, wire.subarray(at, at + size)));
        at += size;
      }
      expect(read).toEqual(frames);
      expect(reader.partialBytes).toBe(0);
    }
  });

  it("takes a frame of exactly the limit and refuses one of a byte more, in one chunk or in many", () => {
    const wire = (size: number) => Buffer.from(`${"x".repeat(size)}\n`);
    for (const step of [1, 7, 2000]) {
      const feed = (size: number) => {
        const reader = new FrameReader(1024);
        const read: string[] = [];
        for (let at = 0; at < size + 1; at += step) {
          read.push(...framesOf(reader, wire(size).subarray(at, at + step)));
        }
        return read;
      };
      expect(feed(1024)).toEqual(["x".repeat(1024)]);
      expect(() => feed(1025)).toThrow(ChannelFrameTooLargeError);
    }
  });

  it("refuses an endless frame before it stores more than the limit", () => {
    const reader = new FrameReader(100_000);
    const chunk = Buffer.alloc(30_000, "x");
    for (let count = 0; count < 3; count++) framesOf(reader, chunk);
    expect(() => framesOf(reader, chunk)).toThrow(ChannelFrameTooLargeError);
    expect(reader.partialBytes).toBe(90_000);
  });

  it("stores a frame that comes byte by byte in one buffer, not in one for each byte", () => {
    const size = 2 * 1024 * 1024;
    const reader = new FrameReader(4 * 1024 * 1024);
    const before = process.memoryUsage().rss;
    for (let count = 0; count < size; count++) framesOf(reader, Buffer.from("x"));
    expect(reader.partialBytes).toBe(size);
    // As separate buffers they would take over 200 MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
    expect(framesOf(reader, Buffer.from("\n"))).toEqual(["x".repeat(size)]);
  });

  it("keeps what follows a frame until it is asked for, and forgets all when cleared", () => {
    const reader = new FrameReader(1024);
    reader.push(Buffer.from("a\nb\nc"));
    expect(reader.next()?.toString()).toBe("a");
    reader.push(Buffer.from("d\n"));
    expect(reader.next()?.toString()).toBe("b");
    expect(reader.next()?.toString()).toBe("cd");
    expect(reader.next()).toBe(undefined);
    reader.push(Buffer.from("e\nf"));
    reader.clear();
    expect(framesOf(reader, Buffer.from("g\n"))).toEqual(["g"]);
  });
});

describe("the scan before parsing", () => {
  const scan = (text: string, bounds: object = {}) => scanFrame(Buffer.from(text), { ...limits, ...bounds });

  it("counts nesting outside strings only", () => {
    scan('{"a":"[[[[[{{{{","b":["]\\"[[[[[\\\\",[]]}', { maxDepth: 4 });
    expect(() => scan("[[[[[", { maxDepth: 4 })).toThrow(ChannelFrameTooComplexError);
    expect(() => scan('["\\\\",[[[[', { maxDepth: 4 })).toThrow(ChannelFrameTooComplexError);
    expect(() => scan('["\\\\\\"",[[[[', { maxDepth: 4 })).toThrow(ChannelFrameTooComplexError);
  });

  it("takes the bound and refuses one more", () => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ]) {
      const nested = (depth: number) => `${open?.repeat(depth)}1${close?.repeat(depth)}`;
      scan(nested(64));
      expect(() => scan(nested(65))).toThrow(ChannelFrameTooComplexError);
    }
    scan(`[${"1,".repeat(99_999)}1]`);
    expect(() => scan(`[${"1,".repeat(100_000)}1]`)).toThrow(ChannelFrameTooComplexError);
    expect(() => scan(`[${"{},".repeat(50_001)}1]`)).toThrow(ChannelFrameTooComplexError);
  });

  it("refuses a million brackets, closed or not, in short time", () => {
    for (const text of [
      "[".repeat(1e6),
      "[".repeat(1e6) + "]".repeat(1e6),
      '{"a":'.repeat(1e6),
      "[{".repeat(1e6),
    ]) {
      expect(() => scan(text)).toThrow(ChannelFrameTooComplexError);
    }
  });

  it("finds the end of any string, as a plain reading of it does", () => {
    const random = createPrng(runSeed());
    for (let round = 0; round < 20_000; round++) {
      const length = random.below(random.pick([5, 300]));
      const alphabet = random.pick([
        "\\",
        'x\\"',
        '"',
        'xxxxxxxxxxxxxxxxxx\\\\"',
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\",
      ]);
      const text = Array.from({ length }, () => random.pick([...alphabet])).join("");
      const open = /^(?:\\.|[^\\"])*"/.test(text);
      // One bracket more than permitted stands behind the string: it counts only if the string has ended.
      const [string = ""] = text.match(/^(?:\\.|[^\\"])*"?/) ?? [];
      const scanned = () => scan(`"${string}[[[[[`, { maxDepth: 4 });
      if (open) expect(scanned, string).toThrow(ChannelFrameTooComplexError);
      else scanned();
    }
  });
});

describe("a token bucket", () => {
  it("gives its burst, then its rate, and never saves more than the burst", () => {
    let now = 1000;
    const bucket = new TokenBucket({ perSecond: 10, burst: 20, now: () => now });
    expect(bucket.take(20)).toBe(true);
    expect(bucket.take(1)).toBe(false);
    now += 99;
    expect(bucket.take(1)).toBe(false);
    now += 2;
    expect(bucket.take(1)).toBe(true);
    now += 1e9;
    expect(bucket.take(21)).toBe(false);
    expect(bucket.take(20)).toBe(true);
    bucket.give(5);
    expect(bucket.take(6)).toBe(false);
    expect(bucket.take(5)).toBe(true);
    bucket.give(1e9);
    expect(bucket.take(21)).toBe(false);
  });

  it("gives nothing for a clock that goes back", () => {
    let now = 1000;
    const bucket = new TokenBucket({ perSecond: 1000, burst: 1, now: () => now });
    expect(bucket.take(1)).toBe(true);
    now = 0;
    expect(bucket.take(1)).toBe(false);
    expect(bucket.take(0)).toBe(true);
  });
});
