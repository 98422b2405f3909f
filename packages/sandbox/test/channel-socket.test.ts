import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { createChannel } from "../src/channel/index.ts";
import { notification, openSockets, rawPeer, request } from "./channel/raw-peer.ts";

const MIB = 1024 * 1024;

/** Writes `chunk` as fast as the socket takes it until the socket ends. */
async function pour(socket: Socket, chunk: string | Buffer): Promise<void> {
  const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {});
  while (!socket.destroyed) {
    if (!socket.write(chunk)) await Promise.race([once(socket, "drain").catch(() => {}), ended]);
  }
}

describe("over a real socket", () => {
  it("a flood is cut off after one burst", async () => {
    const [near, far] = await openSockets();
    let handled = 0;
    const limits = { maxFramesPerSecond: 1000 };
    const channel = createChannel(near, { now: () => 0, limits, handlers: { m: () => void handled++ } });
    const pouring = pour(far, `${JSON.stringify(notification("m"))}\n`.repeat(100));
    expect(await channel.closed).toMatchObject({ code: "CHANNEL_FLOOD" });
    expect(handled).toBe(2000);
    await pouring;
  });

  it("a flood of bytes is cut off with the default limits and the real clock", async () => {
    const [near, far] = await openSockets();
    // Frames of the largest size: at the default rate a peer may send 16 of them a second for ever.
    const frame = JSON.stringify(notification("m", ["x".repeat(4 * MIB - 100)]));
    const channel = createChannel(near, { limits: { maxBytesPerSecond: MIB } });
    const pouring = pour(far, `${frame}\n`);
    expect(await channel.closed).toMatchObject({ code: "CHANNEL_FLOOD" });
    await pouring;
  });

  it("a frame without end is cut at the limit: no more is read than that and a few chunks", async () => {
    const [near, far] = await openSockets();
    const before = process.memoryUsage().rss;
    const channel = createChannel(near, { limits: { maxFrameBytes: MIB } });
    const pouring = pour(far, Buffer.alloc(MIB, "x"));
    expect(await channel.closed).toMatchObject({ code: "CHANNEL_FRAME_TOO_LARGE" });
    expect(near.bytesRead).toBeGreaterThan(MIB);
    expect(near.bytesRead).toBeLessThan(1.5 * MIB);
    await pouring;
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MIB);
  });

  it("frames that come a byte at a time are handled like any other", async () => {
    const [near, far] = await openSockets();
    far.setNoDelay(true);
    const peer = rawPeer(far);
    const channel = createChannel(near, { handlers: { echo: (params) => params } });
    for (let id = 0; id < 20; id++) {
      for (const byte of Buffer.from(`${JSON.stringify(request(id, "echo", ["é🙂"]))}\n`)) {
        await new Promise((resolve) => far.write(Buffer.from([byte]), resolve));
      }
      expect(await peer.next()).toEqual({ jsonrpc: "2.0", id, result: ["é🙂"] });
    }
    channel.close();
  });

  it("a peer that stops in the middle of a frame holds up nothing but itself", async () => {
    const [near, far] = await openSockets();
    const channel = createChannel(near, { requestTimeoutMs: 5 });
    far.on("error", () => {}).resume();
    far.write('{"jsonrpc":"2.0","id":1,"resu');
    await expect(channel.request("m")).rejects.toMatchObject({ code: "CHANNEL_TIMEOUT" });
    far.end();
    expect(await channel.closed).toMatchObject({ code: "CHANNEL_PROTOCOL" });
  });

  it("a peer that never reads costs bounded memory and starts a bounded number of handlers", async () => {
    const [near, far] = await openSockets();
    far.pause();
    let started = 0;
    const handler = () => {
      started++;
      return "x".repeat(MIB);
    };
    const limits = { maxFrameBytes: 2 * MIB, maxPendingRequests: 8 };
    const channel = createChannel(near, { limits, handlers: { big: handler } });
    const batch = Array.from({ length: 1000 }, (_, id) => `${JSON.stringify(request(id, "big"))}\n`).join("");
    far.write(batch);
    // Reading stops once every slot is taken by an answer that cannot be written.
    while (!near.isPaused()) await new Promise((resolve) => setImmediate(resolve));
    // Eight wait for the peer; the kernel's buffers of the two sockets may have swallowed a few.
    expect(started).toBeLessThan(8 + 16);
    expect(near.writableLength).toBeLessThanOrEqual(8 * MIB);
    const startedAtRest = started;
    const peer = rawPeer(far);
    for (let id = 0; id < 100; id++) expect(await peer.next()).toMatchObject({ id });
    expect(started).toBeGreaterThan(startedAtRest);
    channel.close();
  });

  it("large frames pass both ways at once without a deadlock", async () => {
    const [near, far] = await openSockets();
    const handlers = { echo: (params: unknown) => params };
    const a = createChannel(near, { handlers });
    const b = createChannel(far, { handlers });
    const big = ["é".repeat(MIB / 2)];
    const asked = [a, b, a, b, a, b].map((channel) => channel.request("echo", big));
    for (const answer of await Promise.all(asked)) expect(answer).toEqual(big);
    a.close();
    expect(await b.closed).toBe(undefined);
  });
});
