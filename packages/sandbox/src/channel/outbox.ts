import type { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { ChannelBackpressureError } from "./errors.ts";
import type { ChannelLimits } from "./options.ts";

/** Writes frames to the stream, knows how many bytes wait there, and says when some were accepted. */
export class Outbox {
  readonly #stream: Duplex;
  readonly #limits: ChannelLimits;
  readonly #onAccepted: () => void;
  #corked = false;

  constructor(stream: Duplex, limits: ChannelLimits, onAccepted: () => void) {
    this.#stream = stream;
    this.#limits = limits;
    this.#onAccepted = onAccepted;
  }

  /** Whether a frame of any permitted size fits below `maxQueuedBytes`. */
  get hasRoom(): boolean {
    return this.#stream.writableLength <= this.#limits.maxQueuedBytes - this.#limits.maxFrameBytes;
  }

  /** Throws {@link ChannelBackpressureError} when `frame` would exceed `maxQueuedBytes`. */
  checkRoom(frame: Buffer): void {
    const queued = this.#stream.writableLength;
    // An empty queue takes every permitted frame, its newline too.
    if (queued === 0 || queued + frame.length <= this.#limits.maxQueuedBytes) return;
    throw new ChannelBackpressureError(
      `${queued} bytes wait for the peer, the limit is ${this.#limits.maxQueuedBytes}: try again when it reads`,
    );
  }

  /** Queues a frame. `accepted` is called once the stream has taken it, never after a failure. */
  send(frame: Buffer, accepted?: () => void): void {
    if (!this.#corked) this.#cork();
    this.#stream.write(frame, (error) => {
      if (error) return;
      accepted?.();
      this.#onAccepted();
    });
  }

  /** Frames of one turn of the event loop leave in one system call. */
  #cork(): void {
    this.#corked = true;
    this.#stream.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#stream.uncork();
    });
  }
}
