import { describe, expect, it } from "vitest";
import { ChannelBackpressureError, ChannelBusyError, type ChannelLimits } from "../src/channel/index.ts";
import { never, notification, openPair, openWire, rejection, request, settle } from "./channel/raw-peer.ts";

describe("the rate limits", () => {
  /** How many notifications a channel with a standing clock handles before it is cut off. */
  async function flood(
    limits: Partial<ChannelLimits>,
    frame: unknown,
  ): Promise<{ handled: number; code?: string }> {
    let handled = 0;
    const { channel, peer } = openWire({
      now: () => 0,
      limits,
      handlers: { m: () => void handled++ },
    });
    for (let count = 0; count < 50; count++) peer.send(...Array(10).fill(frame));
    const error = await channel.closed;
    return { handled, ...(error && { code: error.code }) };
  }

  it("cut off a peer that sends more than a burst of frames", async () => {
    const result = await flood({ maxFramesPerSecond: 100 }, notification("m"));
    expect(result).toEqual({ handled: 200, code: "CHANNEL_FLOOD" });
  });

  it("count frames without a handler, cancellations and unknown methods too", async () => {
    for (const frame of [
      notification("unknown"),
      notification("$/cancel", { id: 1 }),
      request(1, "unknown"),
    ]) {
      expect(await flood({ maxFramesPerSecond: 100 }, frame)).toMatchObject({ code: "CHANNEL_FLOOD" });
    }
  });

  it("cut off a peer that sends more than a burst of bytes", async () => {
    const frame = notification("m", ["x".repeat(900)]);
    const limits = { maxFrameBytes: 1024, maxBytesPerSecond: 100_000 };
    const { handled, code } = await flood(limits, frame);
    expect(code).toBe("CHANNEL_FLOOD");
    const fit = Math.floor(200_000 / (JSON.stringify(frame).length + 1));
    expect(handled).toBeLessThanOrEqual(fit);
    // A chunk that does not fit is dropped whole: ten frames here.
    expect(handled).toBeGreaterThan(fit - 10);
  });

  it("cut off a peer that writes single bytes, each of which wakes the host", async () => {
    const limits = { maxFrameBytes: 1024, maxBytesPerSecond: 100 * 2048 };
    const { channel, near, peer } = openWire({ now: () => 0, limits });
    for (let count = 0; count < 200; count++) peer.stream.write(" ");
    await settle();
    expect(near.destroyed).toBe(false);
    peer.stream.write(" ");
    expect(await channel.closed).toMatchObject({ code: "CHANNEL_FLOOD" });
  });

  it("cut off a peer whose frames hold too many values, which cost more to parse than their bytes tell", async () => {
    const values = 1000;
    const frame = notification("m", Array(values - 3).fill(0));
    const limits = { maxFramesPerSecond: 1000, maxValues: values };
    // Twenty thousand values in one burst.
    expect(await flood(limits, frame)).toEqual({ handled: 20, code: "CHANNEL_FLOOD" });
  });

  it("refill with time", async () => {
    let now = 0;
    let handled = 0;
    const { channel, peer } = openWire({
      now: () => now,
      limits: { maxFramesPerSecond: 10 },
      handlers: { m: () => void handled++ },
    });
    for (let second = 0; second < 20; second++) {
      peer.send(...Array(10).fill(notification("m")));
      await settle(3);
      now += 1000;
    }
    expect(handled).toBe(200);
    peer.send(...Array(21).fill(notification("m")));
    expect(await channel.closed).toMatchObject({ code: "CHANNEL_FLOOD" });
  });

  it("do not count answers, which were asked for", async () => {
    const limits = { maxFramesPerSecond: 1, maxBytesPerSecond: 1024, maxFrameBytes: 1024 };
    const [a, b] = openPair({ now: () => 0, limits }, { handlers: { big: () => "x".repeat(900) } });
    for (let count = 0; count < 100; count++) expect(await a.request("big")).toHaveLength(900);
    b.close();
  });
});

describe("the limit of pending requests", () => {
  it("refuses one more of our own, until one ends", async () => {
    const { channel, peer } = openWire({ limits: { maxPendingRequests: 3 } });
    const asked = [1, 2, 3].map(() => channel.request("m"));
    expect(await rejection(channel.request("m"))).toBeInstanceOf(ChannelBusyError);
    peer.send({ jsonrpc: "2.0", id: 2, result: "two" });
    expect(await asked[1]).toBe("two");
    void channel.request("m");
    expect(await rejection(channel.request("m"))).toBeInstanceOf(ChannelBusyError);
    channel.close();
  });

  it("stops reading from a peer that asks for more, and goes on when a handler ends", async () => {
    const gates: (() => void)[] = [];
    const handler = () => new Promise<string>((resolve) => gates.push(() => resolve("done")));
    const { channel, near, peer } = openWire({
      limits: { maxPendingRequests: 4 },
      handlers: { wait: handler },
    });
    peer.send(...Array.from({ length: 10 }, (_, id) => request(id, "wait")));
    peer.send(...Array.from({ length: 10 }, (_, id) => request(10 + id, "wait")));
    await settle();
    expect(gates.length).toBe(4);
    expect(near.isPaused()).toBe(true);
    for (let ended = 0; ended < 20; ended++) {
      gates[ended]?.();
      expect(await peer.next()).toMatchObject({ id: ended, result: "done" });
      await settle(3);
      expect(gates.length).toBe(Math.min(20, 5 + ended));
    }
    expect(near.isPaused()).toBe(false);
    channel.close();
  });

  it("counts running notifications", async () => {
    let started = 0;
    const handler = () => {
      started++;
      return never();
    };
    const { channel, peer } = openWire({ limits: { maxPendingRequests: 4 }, handlers: { told: handler } });
    peer.send(...Array(100).fill(notification("told")));
    await settle();
    expect(started).toBe(4);
    channel.close();
  });

  it("goes on reading answers and cancellations while all slots are taken", async () => {
    const [a, b] = openPair(
      { handlers: { back: () => "answer" } },
      { limits: { maxPendingRequests: 4 }, handlers: { ask: () => b.request("back") } },
    );
    const answers = await Promise.all([1, 2, 3, 4].map(() => a.request("ask")));
    expect(answers).toEqual(Array(4).fill("answer"));
    b.close();
  });
});

describe("memory", () => {
  it("holds no more frames of running handlers than maxQueuedBytes", async () => {
    let started = 0;
    const limits = { maxFrameBytes: 100_000, maxQueuedBytes: 400_000 };
    const handler = () => {
      started++;
      return never();
    };
    const { channel, peer } = openWire({ limits, handlers: { hold: handler } });
    const frames = Array.from({ length: 20 }, (_, id) => request(id, "hold", ["x".repeat(90_000)]));
    peer.send(...frames);
    await settle();
    expect(started).toBe(4);
    channel.close();
  });

  it("stays bounded when the peer asks on and on and never reads an answer", async () => {
    let started = 0;
    const limits = { maxFrameBytes: 100_000, maxQueuedBytes: 200_000, maxPendingRequests: 16 };
    const handler = () => {
      started++;
      return "x".repeat(50_000);
    };
    const { channel, near, peer } = openWire({ limits, handlers: { big: handler } });
    for (let batch = 0; batch < 100; batch++) {
      peer.send(...Array.from({ length: 100 }, (_, id) => request(batch * 100 + id, "big")));
    }
    await settle();
    // Those that hold a slot, and the few whose answer the memory stream took.
    expect(started).toBeLessThanOrEqual(16 + 2);
    expect(near.writableLength).toBeLessThanOrEqual(limits.maxQueuedBytes);
    for (let id = 0; id < 1000; id++) expect(await peer.next()).toMatchObject({ id });
    channel.close();
  });

  it("stays bounded when it is this side that sends on and on", async () => {
    const limits = { maxFrameBytes: 100_000, maxQueuedBytes: 200_000 };
    const { channel, near, peer } = openWire({ limits });
    const told = Array.from({ length: 100 }, () => channel.notify("m", ["x".repeat(50_000)]));
    expect(near.writableLength).toBeLessThanOrEqual(limits.maxQueuedBytes);
    const refused = await Promise.all(told.slice(3).map(rejection));
    for (const error of refused) expect(error).toBeInstanceOf(ChannelBackpressureError);
    expect(await rejection(channel.request("m", ["x".repeat(50_000)]))).toBeInstanceOf(
      ChannelBackpressureError,
    );
    for (let count = 0; count < 3; count++) await peer.next();
    await Promise.all(told.slice(0, 3));
    void channel.notify("again");
    expect(await peer.next()).toEqual({ jsonrpc: "2.0", method: "again" });
    channel.close();
  });

  it("is not held by a notification that was accepted: awaiting each one keeps the peer's pace", async () => {
    const limits = { maxFrameBytes: 100_000, maxQueuedBytes: 100_000 };
    const { channel, peer } = openWire({ limits });
    const sending = (async () => {
      for (let count = 0; count < 50; count++) await channel.notify("m", [count, "x".repeat(90_000)]);
    })();
    for (let count = 0; count < 50; count++) expect(await peer.next()).toMatchObject({ method: "m" });
    await sending;
    channel.close();
  });
});
