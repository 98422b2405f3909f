import { describe, expect, it } from "vitest";
import { ChannelProtocolError } from "../src/channel/index.ts";
import { never, notification, openWire, request, settle } from "./channel/raw-peer.ts";

/** What a frame does to a fresh channel which has asked one question, with id 1. */
async function verdict(...frames: readonly unknown[]): Promise<unknown> {
  const calls: unknown[] = [];
  const record = (params: unknown) => void calls.push(params);
  const { channel, peer } = openWire({ handlers: { m: record, never, ping: () => "pong" } });
  channel.request("asked").catch(() => {});
  await peer.next();
  peer.send(...frames, request("last", "ping"));
  const answered = async () => {
    for (;;) if (JSON.stringify(await peer.next()).includes('"last"')) return "open";
  };
  const outcome = await Promise.race([channel.closed, answered().catch(never)]);
  channel.close();
  if (outcome === "open") return calls;
  expect(outcome).toBeInstanceOf(ChannelProtocolError);
  // What stands after a malformed frame is never handled.
  expect(calls).toEqual([]);
  return "refused";
}

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));

describe("a frame is refused and the channel closed", () => {
  const table: Record<string, readonly unknown[]> = {
    "that is not JSON": ["", " ", "{", "}", "null x", "{'a':1}", "[1,]", "\u0000", "\ufeff{}", "NaN", "01"],
    "that is not one object": ["null", "1", '"text"', "true", "[]"],
    "that is a batch": [[request(1, "m")], [notification("m"), notification("m")]],
    "that is not UTF-8": [
      bytes('{"jsonrpc":"2.0","method":"m","params":["', [0xff], '"]}'),
      bytes('{"jsonrpc":"2.0","method":"m","params":["', [0xc0, 0xaf], '"]}'),
      // A lone surrogate, and U+110000.
      bytes('{"jsonrpc":"2.0","method":"m","params":["', [0xed, 0xa0, 0x80], '"]}'),
      bytes('{"jsonrpc":"2.0","method":"m","params":["', [0xf4, 0x90, 0x80, 0x80], '"]}'),
      bytes('{"jsonrpc":"2.0","method":"m","params":["', [0xe2, 0x82], '"]}'),
    ],
    "that holds a NUL or another raw control character": [
      '{"jsonrpc":"2.0","method":"m","params":["\u0000"]}',
      '{"jsonrpc":"2.0","method":"m","params":["\u001b"]}',
      '{"jsonrpc":"2.0","method":"m"}\u0000',
    ],
    "whose jsonrpc is not 2.0": [
      { method: "m" },
      { jsonrpc: "1.0", method: "m" },
      { jsonrpc: 2, method: "m" },
      { jsonrpc: ["2.0"], method: "m" },
      { jsonrpc: "2.00", method: "m" },
    ],
    "whose method is not a string of 1 to 128": [
      ...[1, null, {}, "", "m".repeat(129), ["m"]].map((method) => ({ jsonrpc: "2.0", id: 5, method })),
    ],
    "whose id is no integer and no string of up to 128": [
      ...[null, 1.5, true, {}, [], "i".repeat(129), 2 ** 53].map((id) => request(id, "m")),
      '{"jsonrpc":"2.0","id":1e999,"method":"m"}',
      `{"jsonrpc":"2.0","id":${"9".repeat(1000)},"method":"m"}`,
    ],
    "whose params are no object and no array": [null, 1, "text", true].map((params) =>
      notification("m", params),
    ),
    "with members that JSON-RPC does not define": [
      { jsonrpc: "2.0", method: "m", extra: 1 },
      { jsonrpc: "2.0", id: 1, method: "m", result: 1 },
      { jsonrpc: "2.0", id: 1, method: "m", error: { code: 1, message: "" } },
      { jsonrpc: "2.0", id: 1, result: 1, extra: 1 },
      { jsonrpc: "2.0", id: 1, error: { code: 1, message: "", extra: 1 } },
      { jsonrpc: "2.0", method: "m", constructor: {} },
    ],
    "that is no proper response": [
      { jsonrpc: "2.0", id: 1 },
      { jsonrpc: "2.0", result: 1 },
      { jsonrpc: "2.0", id: null, result: 1 },
      { jsonrpc: "2.0", id: null, error: { code: -32700, message: "parse error" } },
      { jsonrpc: "2.0", id: 1, result: 1, error: { code: 1, message: "" } },
      { jsonrpc: "2.0", id: 1, result: 1, error: null },
      { jsonrpc: "2.0", id: 1, error: null },
      { jsonrpc: "2.0", id: 1, error: "text" },
      { jsonrpc: "2.0", id: 1, error: [1, "x"] },
      { jsonrpc: "2.0", id: 1, error: { code: "1", message: "" } },
      { jsonrpc: "2.0", id: 1, error: { code: 1.5, message: "" } },
      { jsonrpc: "2.0", id: 1, error: { code: 1 } },
      { jsonrpc: "2.0", id: 1, error: { code: 1, message: "x".repeat(4097) } },
      { jsonrpc: "2.0" },
    ],
    "that answers what was not asked": [
      { jsonrpc: "2.0", id: 2, result: 1 },
      { jsonrpc: "2.0", id: 0, result: 1 },
      { jsonrpc: "2.0", id: "1", result: 1 },
      { jsonrpc: "2.0", id: 99, error: { code: 1, message: "" } },
    ],
    "that cancels without just an id": [
      notification("$/cancel"),
      ...[[], [1], {}, { id: null }, { id: {} }, { id: 1, more: 1 }].map((params) =>
        notification("$/cancel", params),
      ),
    ],
    "with a member named __proto__, however it is written": [
      '{"jsonrpc":"2.0","method":"m","params":{"__proto__":{"polluted":1}}}',
      '{"jsonrpc":"2.0","method":"m","params":[[{"a":{"__proto__" \t:1}}]]}',
      '{"__proto__":{"method":"m"},"jsonrpc":"2.0"}',
      '{"jsonrpc":"2.0","method":"m","__proto__":null}',
      '{"jsonrpc":"2.0","method":"m","params":{"\\u005f_proto__":1}}',
      '{"jsonrpc":"2.0","method":"m","params":{"\\u005F\\u005f\\u0070\\u0072\\u006f\\u0074\\u006F\\u005f\\u005F":1}}',
      '{"jsonrpc":"2.0","id":1,"result":{"__proto__":1}}',
      '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"","data":{"__proto__":1}}}',
    ],
  };
  for (const [name, frames] of Object.entries(table)) {
    it(name, async () => {
      for (const frame of frames) {
        const shown = Buffer.isBuffer(frame) ? frame.toString("latin1") : JSON.stringify(frame);
        expect(await verdict(frame), shown.slice(0, 200)).toBe("refused");
      }
      expect(Reflect.get({}, "polluted")).toBe(undefined);
    });
  }

  it("that uses the id of a request which still runs", async () => {
    expect(await verdict(request(7, "never"), request(7, "never"))).toBe("refused");
    expect(await verdict(request("7", "never"), request(7, "never"))).toEqual([]);
  });

  it("that answers one request twice", async () => {
    const answer = { jsonrpc: "2.0", id: 1, result: 1 };
    expect(await verdict(answer)).toEqual([]);
    expect(await verdict(answer, answer)).toBe("refused");
  });
});

describe("a frame is taken", () => {
  it("with text that looks like __proto__ but names no member", async () => {
    const params = ["__proto__", { a: '"__proto__":1', prototype: 1, constructor: 2, __proto: 3 }];
    expect(await verdict(notification("m", params))).toEqual([params]);
  });

  it("with escaped NULs, lone surrogates and large numbers, as JSON has them", async () => {
    const frame =
      '{"jsonrpc":"2.0","method":"m","params":["\\u0000","\\ud800",1e400,-0,123456789012345678901]}';
    expect(await verdict(frame)).toEqual([
      ["\u0000", "\ud800", Number.POSITIVE_INFINITY, -0, 123456789012345680000],
    ]);
  });

  it("with any white space of JSON around it, \\r too", async () => {
    expect(await verdict('\t{ "jsonrpc" : "2.0", "method":"m" , "params":[ ] } \r')).toEqual([[]]);
  });

  it("with ids at their bounds", async () => {
    const ids = [
      0,
      -1,
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
      "",
      "i".repeat(128),
      "__proto__",
      "\ud800",
    ];
    for (const id of ids) {
      const { channel, peer } = openWire({ handlers: { m: () => "r" } });
      peer.send(request(id, "m"));
      expect(await peer.next()).toEqual({ jsonrpc: "2.0", id, result: "r" });
      channel.close();
    }
  });

  it("whose id was used before, once that request is answered", async () => {
    const { channel, peer } = openWire({ handlers: { m: () => "r" } });
    for (let count = 0; count < 3; count++) {
      peer.send(request(1, "m"));
      expect(await peer.next()).toEqual({ jsonrpc: "2.0", id: 1, result: "r" });
    }
    channel.close();
  });

  it("and nothing is written to a peer that broke the protocol", async () => {
    const { channel, peer } = openWire();
    const written: unknown[] = [];
    void peer.next().then(
      (frame) => written.push(frame),
      () => {},
    );
    peer.send("garbage");
    await channel.closed;
    await settle();
    expect(written).toEqual([]);
  });
});
