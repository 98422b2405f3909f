import { describe, expect, it } from "vitest";
import {
  ChannelArgumentError,
  ChannelError,
  ChannelHandlerError,
  ChannelOptionsError,
  ChannelRemoteError,
  createChannel,
} from "../src/channel/index.ts";
import { never, openPair, openWire, rejection, request, settle } from "./channel/raw-peer.ts";

describe("requests and notifications", () => {
  it("answers requests both ways at once", async () => {
    const [a, b] = openPair(
      { handlers: { double: (params) => (Array.isArray(params) ? params[0] * 2 : null) } },
      { handlers: { slow: async (params) => ({ got: params }) } },
    );
    const answers = await Promise.all([a.request("slow", { x: "é漢🙂\u0000" }), b.request("double", [21])]);
    expect(answers).toEqual([{ got: { x: "é漢🙂\u0000" } }, 42]);
    a.close();
  });

  it("writes exactly the frames of JSON-RPC 2.0", async () => {
    const { channel, peer } = openWire();
    channel.request("ask", { a: 1 }).catch(() => {});
    void channel.notify("tell");
    expect(await peer.next()).toEqual({ jsonrpc: "2.0", id: 1, method: "ask", params: { a: 1 } });
    expect(await peer.next()).toEqual({ jsonrpc: "2.0", method: "tell" });
    channel.close();
  });

  it("takes an empty result for null", async () => {
    const [a, b] = openPair({}, { handlers: { nothing: () => undefined, fn: () => () => 1 } });
    expect(await a.request("nothing")).toBe(null);
    expect(await a.request("fn")).toBe(null);
    b.close();
  });

  it("keeps the order of notifications and requests", async () => {
    const seen: unknown[] = [];
    const [a, b] = openPair({}, { handlers: { n: (params) => void seen.push(params), r: () => [...seen] } });
    for (let index = 0; index < 5; index++) void a.notify("n", [index]);
    expect(await a.request("r")).toEqual([[0], [1], [2], [3], [4]]);
    b.close();
  });

  it("matches answers by id whatever their order", async () => {
    const { channel, peer } = openWire();
    const asked = [channel.request("a"), channel.request("b")];
    peer.send({ jsonrpc: "2.0", id: 2, result: "B" }, { jsonrpc: "2.0", id: 1, result: "A" });
    expect(await Promise.all(asked)).toEqual(["A", "B"]);
    channel.close();
  });

  it("runs no handler for a notification that has none, and goes on", async () => {
    const { channel, peer } = openWire({ handlers: { ping: () => "pong" } });
    peer.send({ jsonrpc: "2.0", method: "unknown" }, { jsonrpc: "2.0", method: "$/future", params: [] });
    peer.send(request(1, "ping"));
    expect(await peer.next()).toEqual({ jsonrpc: "2.0", id: 1, result: "pong" });
    channel.close();
  });
});

describe("errors of handlers", () => {
  async function errorOf(handler: () => unknown, hideHandlerErrors = false): Promise<unknown> {
    const { channel, peer } = openWire({ handlers: { fail: handler }, hideHandlerErrors });
    peer.send(request("x", "fail"));
    const answer = await peer.next();
    channel.close();
    expect(answer).toMatchObject({ jsonrpc: "2.0", id: "x" });
    return typeof answer === "object" && answer !== null && "error" in answer ? answer.error : undefined;
  }
  const thrower = (error: unknown) => () => {
    throw error;
  };

  it("sends the message of what was thrown or rejected, without its stack", async () => {
    expect(await errorOf(thrower(new TypeError("bad input")))).toEqual({
      code: -32603,
      message: "bad input",
    });
    expect(await errorOf(() => Promise.reject(new Error("later")))).toEqual({
      code: -32603,
      message: "later",
    });
  });

  it("cuts a stack that a message quotes, and a long message", async () => {
    const quoting = new Error(`child failed\nError: x\n    at secret (/home/me/file.js:1:2)`);
    expect(await errorOf(thrower(quoting))).toEqual({ code: -32603, message: "child failed\nError: x" });
    const long = await errorOf(thrower(new Error("🙂".repeat(100_000))));
    expect(long).toEqual({ code: -32603, message: "🙂".repeat(500) });
  });

  it("says internal error for what is not an Error", async () => {
    for (const thrown of ["text", null, { message: "no" }]) {
      expect(await errorOf(thrower(thrown))).toEqual({ code: -32603, message: "internal error" });
    }
  });

  it("sends the code, message and data that a ChannelHandlerError chose, hidden or not", async () => {
    const chosen = new ChannelHandlerError("over budget", { remoteCode: 402, data: { left: 0 } });
    for (const hide of [false, true]) {
      expect(await errorOf(thrower(chosen), hide)).toEqual({
        code: 402,
        message: "over budget",
        data: { left: 0 },
      });
    }
  });

  it("hides other messages when told to", async () => {
    const secret = thrower(new Error("key sk-123 refused"));
    expect(await errorOf(secret, true)).toEqual({ code: -32603, message: "internal error" });
  });

  it("answers with an error when a result or error data cannot be sent", async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    let deep: unknown = [];
    for (let level = 0; level < 100; level++) deep = [deep];
    const unsendable = [cyclic, 1n, "x".repeat(5 * 1024 * 1024), deep, JSON.parse('{"__proto__":1}')];
    for (const value of unsendable) {
      expect(await errorOf(() => value)).toMatchObject({
        code: -32603,
        message: expect.stringMatching(/^cannot answer: /),
      });
      const data = thrower(new ChannelHandlerError("m", { remoteCode: 1, data: value }));
      expect(await errorOf(data)).toMatchObject({ message: expect.stringMatching(/^cannot answer/) });
    }
    const odd = thrower(new ChannelHandlerError("m", { remoteCode: 0.5 }));
    expect(await errorOf(odd)).toEqual({ code: -32603, message: "m" });
  });

  it("reach the caller as ChannelRemoteError", async () => {
    const [a, b] = openPair(
      {},
      { handlers: { f: thrower(new ChannelHandlerError("no", { remoteCode: 7, data: [1] })) } },
    );
    const error = await rejection(a.request("f"));
    expect(error).toBeInstanceOf(ChannelRemoteError);
    expect(error).toMatchObject({ code: "CHANNEL_REMOTE", remoteCode: 7, message: "no", data: [1] });
    b.close();
  });

  it("close the channel when a notification's handler fails, for there is nobody to answer", async () => {
    const cause = new Error("boom");
    for (const handler of [thrower(cause), () => Promise.reject(cause)]) {
      const { channel, peer } = openWire({ handlers: { told: handler } });
      peer.send({ jsonrpc: "2.0", method: "told" });
      expect(await channel.closed).toMatchObject({ code: "CHANNEL_NOTIFICATION", cause });
    }
  });
});

describe("methods", () => {
  it("answers -32601 to a method without a handler, names of Object.prototype among them", async () => {
    const { channel, peer } = openWire({ handlers: { known: () => 1 } });
    const names = [
      "unknown",
      "constructor",
      "toString",
      "hasOwnProperty",
      "__proto__",
      "valueOf",
      "$/cancel",
    ];
    for (const name of names) {
      peer.send(request(name, name));
      expect(await peer.next()).toEqual({
        jsonrpc: "2.0",
        id: name,
        error: { code: -32601, message: "method not found" },
      });
    }
    channel.close();
  });

  it("finds no handler that the handlers object inherits", async () => {
    const inherited = Object.create({ secret: () => "leak" });
    const { channel, peer } = openWire({ handlers: inherited });
    peer.send(request(1, "secret"));
    expect(await peer.next()).toMatchObject({ error: { code: -32601 } });
    channel.close();
  });

  it("are looked up as they were when the channel was made", async () => {
    const handlers: Record<string, () => unknown> = { a: () => 1 };
    const { channel, peer } = openWire({ handlers });
    handlers.b = () => 2;
    peer.send(request(1, "b"));
    expect(await peer.next()).toMatchObject({ error: { code: -32601 } });
    channel.close();
  });
});

describe("what the caller may send", () => {
  it("refuses methods, params and timeouts that are out of range, and sends nothing", async () => {
    const { channel, peer } = openWire();
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    const calls: [string, unknown, object?][] = [
      ["", {}],
      ["m".repeat(129), {}],
      ["$/cancel", { id: 1 }],
      ["m", 5],
      ["m", "text"],
      ["m", null],
      ["m", new Date(0)],
      ["m", cyclic],
      ["m", { big: 1n }],
      ["m", JSON.parse('{"a":{"__proto__":1}}')],
      ["m", {}, { timeoutMs: 0 }],
      ["m", {}, { timeoutMs: Number.NaN }],
      ["m", {}, { timeoutMs: 2 ** 31 }],
    ];
    for (const [method, params, options] of calls) {
      expect(await rejection(channel.request(method, params, options))).toBeInstanceOf(ChannelArgumentError);
      if (!options)
        expect(await rejection(channel.notify(method, params))).toBeInstanceOf(ChannelArgumentError);
    }
    channel.request("first").catch(() => {});
    expect(await peer.next()).toMatchObject({ id: 1, method: "first" });
    channel.close();
  });

  it("refuses its own frames that the peer's limits would refuse, and stays open", async () => {
    const limits = { maxFrameBytes: 1024, maxDepth: 4, maxValues: 16 };
    const [a, b] = openPair({ limits }, { limits, handlers: { ping: () => "pong" } });
    const refused: [unknown, string][] = [
      [["x".repeat(1000)], "CHANNEL_FRAME_TOO_LARGE"],
      [[[[[1]]]], "CHANNEL_FRAME_TOO_COMPLEX"],
      [[1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6], "CHANNEL_FRAME_TOO_COMPLEX"],
    ];
    for (const [params, code] of refused) {
      expect(await rejection(a.request("ping", params))).toMatchObject({ code });
      expect(await rejection(a.notify("ping", params))).toMatchObject({ code });
    }
    expect(await a.request("ping", [["x".repeat(900)]])).toBe("pong");
    b.close();
  });
});

describe("options", () => {
  it("refuses unknown and out-of-range ones", () => {
    const wrong = [
      { colour: 1 },
      { limits: { maxFrames: 1 } },
      { limits: { maxFrameBytes: 1023 } },
      { limits: { maxDepth: 1.5 } },
      { limits: { maxPendingRequests: 0 } },
      { limits: { maxFramesPerSecond: Number.POSITIVE_INFINITY } },
      { limits: { maxQueuedBytes: 2048, maxFrameBytes: 4096 } },
      { requestTimeoutMs: 0 },
      { requestTimeoutMs: -1 },
      { handlers: { "$/cancel": never } },
      { handlers: { a: 5 } },
    ];
    for (const options of wrong) {
      const make = () => Reflect.apply(openWire, undefined, [options]);
      expect(make, JSON.stringify(options)).toThrow(ChannelOptionsError);
    }
  });

  it("refuses a stream that does not carry bytes", async () => {
    const { near } = openWire();
    near.setEncoding("utf8");
    expect(() => createChannel(near)).toThrow(ChannelOptionsError);
    near.destroy();
    await settle();
  });

  it("has one base class for all errors, each with its own code", async () => {
    const exported = Object.entries(await import("../src/channel/index.ts"));
    const codes = exported
      .filter(([name]) => name.endsWith("Error") && name !== "ChannelError")
      .map(([name, make]) => {
        const error: unknown = Reflect.construct(make, ["m", { remoteCode: 1 }]);
        expect(error).toBeInstanceOf(ChannelError);
        expect(error).toMatchObject({ name, message: "m" });
        return error instanceof ChannelError ? error.code : undefined;
      });
    expect(codes.length).toBe(15);
    expect(new Set(codes).size).toBe(codes.length);
  });
});
