import { once } from "node:events";
import { createServer, connect as dial, type Socket } from "node:net";
import { type Duplex, duplexPair } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { type Channel, type ChannelOptions, createChannel } from "../../src/channel/index.ts";

/** The far end of a channel, written byte by byte by a test, as a hostile peer would. */
export interface RawPeer {
  readonly stream: Duplex;
  /** Writes each as one frame: bytes and strings as they are, anything else as JSON. */
  send(...frames: readonly unknown[]): void;
  /** The next frame that the channel wrote, parsed. */
  next(): Promise<unknown>;
}

function isRaw(frame: unknown): frame is string | Buffer {
  return typeof frame === "string" || Buffer.isBuffer(frame);
}

export function rawPeer(stream: Duplex): RawPeer {
  const lines = readLines(stream);
  stream.on("error", () => {});
  return {
    stream,
    send(...frames) {
      const parts = frames.map((frame) => Buffer.from(isRaw(frame) ? frame : JSON.stringify(frame)));
      stream.write(Buffer.concat(parts.flatMap((part) => [part, Buffer.from("\n")])));
    },
    async next() {
      const { value, done } = await lines.next();
      if (done) throw new TypeError("the channel ended the stream");
      return JSON.parse(value);
    },
  };
}

async function* readLines(stream: Duplex): AsyncGenerator<string, void> {
  let text = "";
  for await (const chunk of stream) {
    text += chunk;
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}

/** A channel in memory and the raw far end of it. */
export function openWire(options?: ChannelOptions): { channel: Channel; near: Duplex; peer: RawPeer } {
  const [near, far] = duplexPair();
  return { channel: createChannel(near, options), near, peer: rawPeer(far) };
}

/** Two channels in memory that talk to each other. */
export function openPair(a?: ChannelOptions, b?: ChannelOptions): [Channel, Channel] {
  const [near, far] = duplexPair();
  return [createChannel(near, a), createChannel(far, b)];
}

/** Two ends of a real TCP connection over loopback. */
export async function openSockets(): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("not a TCP address");
  const far = dial(address.port, "127.0.0.1");
  const [near] = await once(server, "connection");
  server.close();
  return [near, far];
}

/** Lets everything that is ready run: enough turns of the event loop for memory streams to come to rest. */
export async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await setImmediate();
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new TypeError(`resolved with ${String(value)}`);
    },
    (error: unknown) => error,
  );
}

export function request(id: unknown, method: string, params?: unknown): object {
  return { jsonrpc: "2.0", id, method, ...(params === undefined ? {} : { params }) };
}

export function notification(method: string, params?: unknown): object {
  return { jsonrpc: "2.0", method, ...(params === undefined ? {} : { params }) };
}

export const never = (): Promise<never> => new Promise(() => {});
