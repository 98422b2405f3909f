import { duplexPair } from "node:stream";
import { expect, it } from "vitest";
import { type Channel, ChannelError, type ChannelLimits, createChannel } from "../src/channel/index.ts";
import { readOptions } from "../src/channel/options.ts";
import { expectedEnd } from "./channel/frame-oracle.ts";
import { hostileFrame } from "./channel/hostile-frames.ts";
import { createPrng, type Prng, runSeed } from "./channel/prng.ts";
import { openSockets } from "./channel/raw-peer.ts";

const MIB = 1024 * 1024;
const PING = '\n{"jsonrpc":"2.0","id":"ping","method":"ping"}\n';
/** Small, so that most frames are small and the limit is met all the same. */
const small = readOptions({ limits: { maxFrameBytes: 4096, maxDepth: 16 } }).limits;
const large = readOptions({}).limits;

const handlers = {
  ping: () => "pong",
  echo: (params: unknown) => params,
  fail: () => {
    throw new TypeError("refused");
  },
  later: async (params: unknown) => params,
};

/** What became of a channel: the code that it ended with, or "open" when it answered the ping that came last. */
async function outcome(channel: Channel, answered: Promise<"open">): Promise<string> {
  const end = await Promise.race([channel.closed, answered]);
  if (end === "open") return end;
  expect(end).toBeInstanceOf(ChannelError);
  return end instanceof ChannelError ? end.code : "no error";
}

/** Sends one hostile frame and a ping into a fresh channel in memory, cut into chunks at random. */
async function attack(frame: Buffer, limits: ChannelLimits, random: Prng): Promise<string> {
  const [near, far] = duplexPair();
  const channel = createChannel(near, { limits, handlers });
  const answered = new Promise<"open">((resolve) => {
    let tail = "";
    far.on("data", (chunk) => {
      tail = (tail + chunk).slice(-2000);
      if (tail.includes('"id":"ping","result":"pong"')) resolve("open");
    });
  });
  const wire = Buffer.concat([frame, Buffer.from(PING)]);
  const cut = random.chance(0.3) ? random.below(wire.length) : 0;
  far.write(wire.subarray(0, cut));
  far.write(wire.subarray(cut));
  const result = await outcome(channel, answered);
  channel.close();
  far.destroy();
  return result;
}

function memory(): number {
  const { rss, arrayBuffers } = process.memoryUsage();
  return Math.max(rss, arrayBuffers);
}

it("100,000 malformed, huge and deep frames end in a typed error or are handled right", async () => {
  const random = createPrng(runSeed());
  const before = memory();
  const tally: Record<string, number> = {};
  const peaks = [0, 0];
  for (let batch = 0; batch < 500; batch++) {
    const attacks = Array.from({ length: 200 }, async () => {
      const { kind, frame } = hostileFrame(random, small.maxFrameBytes);
      const end = await attack(frame, small, random);
      const expected = expectedEnd(frame, small) ?? new Set(["open"]);
      if (!expected.has(end)) {
        expect.fail(`${kind} frame ended in ${end}, not ${[...expected]}: ${frame.toString("base64")}`);
      }
      tally[`${kind} ${end}`] = (tally[`${kind} ${end}`] ?? 0) + 1;
    });
    await Promise.all(attacks);
    const half = batch < 250 ? 0 : 1;
    peaks[half] = Math.max(peaks[half] ?? 0, memory() - before);
  }
  const [warm = 0, peak = 0] = peaks;
  console.log(
    `memory grew by ${Math.round(warm / MIB)} MiB in the first half, ${Math.round(peak / MIB)} in all`,
    tally,
  );
  // Every kind of end was met, so the frames test what they are meant to.
  const ends = new Set(Object.keys(tally).map((key) => key.split(" ")[1]));
  expect(ends).toEqual(
    new Set([
      "open",
      "CHANNEL_PROTOCOL",
      "CHANNEL_FRAME_TOO_LARGE",
      "CHANNEL_FRAME_TOO_COMPLEX",
      "CHANNEL_NOTIFICATION",
    ]),
  );
  expect(peak).toBeLessThan(512 * MIB);
  // What is kept for each channel that has ended would show in the second half: 2 KiB each are 100 MiB.
  expect(peak - warm).toBeLessThan(100 * MIB);
  expect(Reflect.ownKeys(Object.prototype)).toHaveLength(12);
});

it("frames of many megabytes are cut off at the limit, and deep ones before they are parsed", async () => {
  const random = createPrng(runSeed());
  const call = (params: string) => `{"jsonrpc":"2.0","id":1,"method":"echo","params":${params}}`;
  const frames: [string, string][] = [
    ["[".repeat(1e6), "CHANNEL_FRAME_TOO_COMPLEX"],
    [call("[".repeat(1e6) + "]".repeat(1e6)), "CHANNEL_FRAME_TOO_COMPLEX"],
    [call('{"a":'.repeat(5e5)), "CHANNEL_FRAME_TOO_COMPLEX"],
    [call(`[${"{},".repeat(1e6)}1]`), "CHANNEL_FRAME_TOO_COMPLEX"],
    [call(`[${"9".repeat(4e6)}]`), "open"],
    [call(`["${"\\u0000".repeat(6e5)}"]`), "open"],
    [call(`["${'\\"'.repeat(2e6)}"]`), "open"],
    [call(`["${"\\".repeat(4e6 + 1)}"]`), "CHANNEL_PROTOCOL"],
    ["\u0000".repeat(4e6), "CHANNEL_PROTOCOL"],
    ["x".repeat(4 * MIB + 1), "CHANNEL_FRAME_TOO_LARGE"],
    ["x".repeat(16 * MIB), "CHANNEL_FRAME_TOO_LARGE"],
  ];
  for (const [frame, end] of frames) {
    expect(await attack(Buffer.from(frame), large, random), frame.slice(0, 100)).toBe(end);
  }
});

it("hostile frames over 500 real connections, up to 50 each, end in a typed error or are handled right", async () => {
  const random = createPrng(runSeed());
  const before = memory();
  // Frames of one connection use the same few ids again, so each must be answered before the next is read.
  const limits = { ...small, maxFramesPerSecond: 1e6, maxQueuedBytes: 16 * MIB };
  const { later: _, ...prompt } = handlers;
  for (let count = 0; count < 500; count++) {
    const [near, far] = await openSockets();
    far.on("error", () => {});
    const channel = createChannel(near, { limits, handlers: prompt });
    const answered = new Promise<"open">((resolve) => {
      far.on("data", (chunk) => String(chunk).includes('"id":"ping"') && resolve("open"));
    });
    // Valid ones first, then one of any kind, so that connections live for a while and then do not.
    const judged = Array.from({ length: 50 }, () => {
      const { frame } = hostileFrame(random, small.maxFrameBytes);
      return { frame, expected: expectedEnd(frame, small) };
    });
    judged.sort((a, b) => Number(a.expected !== undefined) - Number(b.expected !== undefined));
    const wire = Buffer.concat(judged.flatMap(({ frame }) => [frame, Buffer.from("\n")]));
    far.write(wire);
    far.write(PING.slice(1));
    const expected = judged.find((frame) => frame.expected)?.expected ?? new Set(["open"]);
    const end = await outcome(channel, answered);
    if (!expected.has(end)) expect.fail(`ended in ${end}, not ${[...expected]}: ${wire.toString("base64")}`);
    channel.close();
    far.destroy();
  }
  expect(memory() - before).toBeLessThan(200 * MIB);
});
