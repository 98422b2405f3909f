import { describe, expect, it } from "vitest";
import {
  ChannelCancelledError,
  ChannelClosedError,
  ChannelFloodError,
  ChannelProtocolError,
  ChannelStreamError,
  ChannelTimeoutError,
  createChannel,
} from "../src/channel/index.ts";
import {
  notification,
  openPair,
  openSockets,
  openWire,
  rejection,
  request,
  settle,
} from "./channel/raw-peer.ts";

/** A handler that never ends by itself, and the signal that it was given. */
function waiting(): {
  handler: (params: unknown, context: { signal: AbortSignal }) => Promise<never>;
  signal: Promise<AbortSignal>;
} {
  const { promise, resolve } = Promise.withResolvers<AbortSignal>();
  return {
    signal: promise,
    handler: (_params, { signal }) => {
      resolve(signal);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  };
}

describe("cancellation", () => {
  it("tells the peer, whose handler's signal aborts", async () => {
    const { handler, signal } = waiting();
    const [a, b] = openPair({}, { handlers: { wait: handler, ping: () => "pong" } });
    const controller = new AbortController();
    const asked = rejection(a.request("wait", {}, { signal: controller.signal }));
    const handlerSignal = await signal;
    expect(handlerSignal.aborted).toBe(false);
    controller.abort("changed my mind");
    const error = await asked;
    expect(error).toBeInstanceOf(ChannelCancelledError);
    expect(error).toMatchObject({ cause: "changed my mind" });
    // The late answer to the cancelled request comes before this one, and is no protocol error.
    expect(await a.request("ping")).toBe("pong");
    expect(handlerSignal.reason).toBeInstanceOf(ChannelCancelledError);
    b.close();
  });

  it("sends nothing for a signal that is already aborted", async () => {
    const { channel, peer } = openWire();
    const error = await rejection(channel.request("m", {}, { signal: AbortSignal.abort("early") }));
    expect(error).toMatchObject({ code: "CHANNEL_CANCELLED", cause: "early" });
    void channel.notify("only");
    expect(await peer.next()).toEqual({ jsonrpc: "2.0", method: "only" });
    channel.close();
  });

  it("leaves no listener on the caller's signal", async () => {
    const { channel, peer } = openWire();
    const { signal } = new AbortController();
    const listeners: number[] = [];
    const count = (step: number) => listeners.push(step);
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      count(1);
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      count(-1);
      removeEventListener.apply(signal, args);
    };
    const asked = channel.request("m", {}, { signal });
    peer.send({ jsonrpc: "2.0", id: 1, result: 1 });
    await asked;
    const pending = rejection(channel.request("m", {}, { signal }));
    channel.close();
    await pending;
    expect(listeners).toEqual([1, -1, 1, -1]);
  });

  it("is answered with -32800 when the handler gives up for it", async () => {
    const { handler, signal } = waiting();
    const { channel, peer } = openWire({ handlers: { wait: handler } });
    peer.send(request("w", "wait"));
    await signal;
    peer.send(notification("$/cancel", { id: "w" }));
    expect(await peer.next()).toMatchObject({ id: "w", error: { code: -32800 } });
    channel.close();
  });

  it("reaches a handler that asks for its signal only afterwards", async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const handler = async (_: unknown, context: { signal: AbortSignal }) => {
      await gate;
      return context.signal.aborted;
    };
    const { channel, peer } = openWire({ handlers: { late: handler, ping: () => 1 } });
    peer.send(request(1, "late"), notification("$/cancel", { id: 1 }), request(2, "ping"));
    await peer.next();
    open();
    expect(await peer.next()).toEqual({ jsonrpc: "2.0", id: 1, result: true });
    channel.close();
  });

  it("of an unknown id is ignored, for its answer may be on the way", async () => {
    const { channel, peer } = openWire({ handlers: { ping: () => "pong" } });
    peer.send(
      notification("$/cancel", { id: 99 }),
      notification("$/cancel", { id: "x" }),
      request(1, "ping"),
    );
    expect(await peer.next()).toMatchObject({ id: 1, result: "pong" });
    channel.close();
  });
});

describe("timeouts", () => {
  it("reject, tell the peer, and let the late answer pass once", async () => {
    const { channel, peer } = openWire({ requestTimeoutMs: 5 });
    const error = await rejection(channel.request("slow"));
    expect(error).toBeInstanceOf(ChannelTimeoutError);
    expect(await peer.next()).toMatchObject({ id: 1, method: "slow" });
    expect(await peer.next()).toEqual({ jsonrpc: "2.0", method: "$/cancel", params: { id: 1 } });
    peer.send({ jsonrpc: "2.0", id: 1, result: "late" });
    const asked = channel.request("again", {}, { timeoutMs: Number.POSITIVE_INFINITY });
    expect(await peer.next()).toMatchObject({ id: 2 });
    peer.send({ jsonrpc: "2.0", id: 2, result: "in time" });
    expect(await asked).toBe("in time");
    peer.send({ jsonrpc: "2.0", id: 1, result: "twice" });
    expect(await channel.closed).toBeInstanceOf(ChannelProtocolError);
  });

  it("refuse further requests when the peer answers no abandoned one", async () => {
    const { channel, peer } = openWire({ limits: { maxPendingRequests: 2 } });
    const abandon = async () => {
      const controller = new AbortController();
      const asked = rejection(channel.request("m", {}, { signal: controller.signal }));
      controller.abort();
      return asked;
    };
    for (let count = 0; count < 32; count++) await abandon();
    expect(await rejection(channel.request("m"))).toMatchObject({ code: "CHANNEL_BUSY" });
    peer.send({ jsonrpc: "2.0", id: 1, error: { code: -32800, message: "cancelled" } });
    await settle();
    expect(await abandon()).toBeInstanceOf(ChannelCancelledError);
    channel.close();
  });
});

describe("close", () => {
  it("rejects what is pending, aborts what runs, destroys the stream and resolves closed", async () => {
    const { handler, signal } = waiting();
    const { channel, near, peer } = openWire({ handlers: { wait: handler } });
    peer.send(request(1, "wait"));
    const handlerSignal = await signal;
    const asked = [rejection(channel.request("m")), rejection(channel.request("m", {}, { timeoutMs: 1e6 }))];
    channel.close();
    channel.close(new Error("too late to matter"));
    expect(await channel.closed).toBe(undefined);
    for (const error of await Promise.all(asked)) expect(error).toBeInstanceOf(ChannelClosedError);
    expect(handlerSignal.reason).toBeInstanceOf(ChannelClosedError);
    expect(near.destroyed).toBe(true);
    expect(await rejection(channel.request("m"))).toBeInstanceOf(ChannelClosedError);
    expect(await rejection(channel.notify("m"))).toBeInstanceOf(ChannelClosedError);
  });

  it("rejects a notification that the stream has not accepted", async () => {
    const { channel, near } = openWire();
    near.cork();
    const told = rejection(channel.notify("m"));
    channel.close();
    expect(await told).toBeInstanceOf(ChannelClosedError);
  });

  it("keeps the reason", async () => {
    const reason = new ChannelFloodError("enough");
    const own = openWire().channel;
    const asked = rejection(own.request("m"));
    own.close(reason);
    expect(await own.closed).toBe(reason);
    expect(await asked).toMatchObject({ code: "CHANNEL_CLOSED", cause: reason });
    const foreign = openWire().channel;
    const cause = new TypeError("other");
    foreign.close(cause);
    expect(await foreign.closed).toMatchObject({ code: "CHANNEL_CLOSED", cause });
  });

  it("works from inside a handler, and handles nothing that was read after", async () => {
    let handled = 0;
    const { channel, peer } = openWire({
      handlers: {
        stop: () => {
          handled++;
          channel.close();
        },
      },
    });
    peer.send(notification("stop"), notification("stop"), request(1, "stop"));
    expect(await channel.closed).toBe(undefined);
    await settle();
    expect(handled).toBe(1);
  });

  it("comes with the end of an `await using` block", async () => {
    const { channel, near } = openWire();
    {
      await using scoped = channel;
      void scoped.notify("m");
    }
    expect(near.destroyed).toBe(true);
    expect(await channel.closed).toBe(undefined);
  });

  it("swallows the failure of a handler that runs on", async () => {
    const { promise: gate, reject: fail } = Promise.withResolvers<never>();
    const { channel, peer } = openWire({ handlers: { run: () => gate, told: () => gate } });
    peer.send(request(1, "run"), notification("told"));
    await settle();
    channel.close();
    fail(new Error("after the end"));
    await settle();
    expect(await channel.closed).toBe(undefined);
  });
});

describe("a rejection that nobody awaits", () => {
  it("is not an unhandled one, which would end the process when the peer likes", async () => {
    const unhandled: unknown[] = [];
    const record = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", record);
    const { channel, peer } = openWire();
    const asked = channel.request("m");
    void channel.request("left alone");
    void channel.notify("left alone");
    peer.send("garbage");
    await channel.closed;
    void channel.notify("too late");
    await settle();
    process.off("unhandledRejection", record);
    expect(unhandled).toEqual([]);
    expect(await rejection(asked)).toBeInstanceOf(ChannelClosedError);
  });
});

describe("the end of the stream", () => {
  it("after a whole frame closes without an error", async () => {
    const { channel, peer } = openWire();
    const asked = rejection(channel.request("m"));
    peer.stream.end();
    expect(await channel.closed).toBe(undefined);
    expect(await asked).toBeInstanceOf(ChannelClosedError);
  });

  it("in the middle of a frame is a protocol error", async () => {
    const { channel, peer } = openWire();
    peer.stream.end('{"jsonrpc":"2.0"');
    expect(await channel.closed).toBeInstanceOf(ChannelProtocolError);
  });

  it("by an error is a stream error", async () => {
    const { channel, near } = openWire();
    const cause = new Error("cable cut");
    near.destroy(cause);
    expect(await channel.closed).toMatchObject({ code: "CHANNEL_STREAM", cause });
  });

  it("by destruction, before or after the channel was made, is a stream error", async () => {
    const { channel, near } = openWire();
    near.destroy();
    expect(await channel.closed).toBeInstanceOf(ChannelStreamError);
    expect(await createChannel(near).closed).toBeInstanceOf(ChannelStreamError);
  });

  it("by reset of a socket, while the peer has unread frames, is a stream error", async () => {
    const [near, far] = await openSockets();
    const channel = createChannel(near);
    await channel.notify("m");
    far.resetAndDestroy();
    expect(await channel.closed).toMatchObject({ code: "CHANNEL_STREAM", cause: { code: "ECONNRESET" } });
  });
});
