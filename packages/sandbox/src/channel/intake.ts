import type { Buffer } from "node:buffer";
import { ChannelFloodError } from "./errors.ts";
import { FrameReader } from "./frame-reader.ts";
import { scanFrame } from "./frame-scan.ts";
import { decodeFrame, type Message } from "./message.ts";
import { type ChannelLimits, type Settings, VALUES_PER_FRAME } from "./options.ts";
import { TokenBucket } from "./token-bucket.ts";

/**
 * The least that a chunk counts for, in bytes. To wake for one costs 7 us whatever its size (measured), so a peer
 * that writes single bytes would else take a whole core and stay far below any limit of bytes.
 */
const LEAST_CHUNK_BYTES = 2048;

/** A message and the size of its frame. */
export interface Incoming {
  readonly message: Message;
  readonly bytes: number;
}

/** From bytes to messages, within the limits of size, shape and rate. */
export class Intake {
  readonly #limits: ChannelLimits;
  readonly #reader: FrameReader;
  readonly #frameTokens: TokenBucket;
  readonly #byteTokens: TokenBucket;
  readonly #valueTokens: TokenBucket;

  constructor({ limits, now }: Settings) {
    const bucket = (perSecond: number, least: number) =>
      new TokenBucket({ perSecond, burst: Math.max(2 * perSecond, least), now });
    this.#limits = limits;
    this.#reader = new FrameReader(limits.maxFrameBytes);
    this.#frameTokens = bucket(limits.maxFramesPerSecond, 1);
    // A whole frame, and what the stream read together with it, must fit in one burst.
    this.#byteTokens = bucket(limits.maxBytesPerSecond, 2 * limits.maxFrameBytes);
    this.#valueTokens = bucket(VALUES_PER_FRAME * limits.maxFramesPerSecond, limits.maxValues);
  }

  /** Whether the bytes so far end with a whole frame. */
  get isBetweenFrames(): boolean {
    return this.#reader.partialBytes === 0;
  }

  /** Throws {@link ChannelFloodError}. */
  push(chunk: Buffer): void {
    const cost = Math.max(chunk.length, LEAST_CHUNK_BYTES);
    this.#charge(this.#byteTokens, cost, `${this.#limits.maxBytesPerSecond} bytes`);
    this.#reader.push(chunk);
  }

  /** The next message, or undefined when more bytes are needed. Throws what a peer can do wrong. */
  next(): Incoming | undefined {
    const frame = this.#reader.next();
    if (frame === undefined) return undefined;
    const bytes = frame.length;
    const values = scanFrame(frame, this.#limits);
    const message = decodeFrame(frame);
    if (message.kind === "call") this.#chargeCall(values);
    return { message, bytes };
  }

  /**
   * The message was an answer to our own request. It was asked for, so it does not count; only, until it is
   * known for one, its bytes do.
   */
  refund({ bytes }: Incoming): void {
    this.#byteTokens.give(Math.max(bytes + 1, LEAST_CHUNK_BYTES));
  }

  clear(): void {
    this.#reader.clear();
  }

  #chargeCall(values: number): void {
    const { maxFramesPerSecond } = this.#limits;
    this.#charge(this.#frameTokens, 1, `${maxFramesPerSecond} frames`);
    this.#charge(this.#valueTokens, values, `${VALUES_PER_FRAME * maxFramesPerSecond} values`);
  }

  #charge(tokens: TokenBucket, count: number, limit: string): void {
    if (!tokens.take(count)) throw new ChannelFloodError(`the peer sent more than ${limit} a second`);
  }
}
