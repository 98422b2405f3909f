import type { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { encodeCall } from "./encode.ts";
import {
  ChannelClosedError,
  ChannelError,
  ChannelOptionsError,
  ChannelProtocolError,
  ChannelStreamError,
} from "./errors.ts";
import { IncomingCalls } from "./incoming-calls.ts";
import { type Incoming, Intake } from "./intake.ts";
import { type Call, isId, isJsonObject } from "./message.ts";
import { type ChannelOptions, readOptions, type Settings } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { checkMethod, OutgoingCalls, type RequestOptions } from "./outgoing-calls.ts";

/** Both ends of a JSON-RPC 2.0 conversation; either may ask. */
export interface Channel extends AsyncDisposable {
  /**
   * Asks the peer and resolves with its result, which is the peer's word: check it before use.
   * Rejects with `ChannelRemoteError` (the peer's error), `ChannelTimeoutError`, `ChannelCancelledError`,
   * `ChannelClosedError`; and, when nothing was sent, with `ChannelArgumentError`, `ChannelFrameTooLargeError`,
   * `ChannelFrameTooComplexError`, `ChannelBusyError` or `ChannelBackpressureError`. A rejection that nobody
   * awaits is not reported as unhandled: the peer could end the process by it.
   */
  request(method: string, params?: unknown, options?: RequestOptions): Promise<unknown>;
  /**
   * Tells the peer and resolves once the stream has accepted the frame: await it to be slowed down to the
   * peer's pace. Rejects with `ChannelClosedError` or, when nothing was sent, as `request` does.
   */
  notify(method: string, params?: unknown): Promise<void>;
  /**
   * Ends the channel at once: pending requests reject, the signals of running handlers abort, the stream is
   * destroyed and what it had queued is lost. Later calls do nothing. A `reason` becomes the value of
   * `closed`, as it is if it is a `ChannelError`, else as the cause of a `ChannelClosedError`.
   */
  close(reason?: Error): void;
  /**
   * Resolves (never rejects) when the channel has ended: with the error that ended it, or undefined when this
   * side closed it without a reason or the peer ended the stream after a whole frame.
   */
  readonly closed: Promise<ChannelError | undefined>;
}

class DuplexChannel implements Channel {
  readonly closed: Promise<ChannelError | undefined>;
  readonly #stream: Duplex;
  readonly #settings: Settings;
  readonly #intake: Intake;
  readonly #outbox: Outbox;
  readonly #outgoing: OutgoingCalls;
  readonly #incoming: IncomingCalls;
  readonly #unaccepted = new Set<(error: ChannelError) => void>();
  readonly #resolveClosed: (error: ChannelError | undefined) => void;
  #closedError: ChannelClosedError | undefined;
  /** A call that has no room to start: while there is one, nothing is read. */
  #held: Incoming | undefined;
  #pumping = false;

  constructor(stream: Duplex, settings: Settings) {
    this.#stream = stream;
    this.#settings = settings;
    this.#intake = new Intake(settings);
    this.#outbox = new Outbox(stream, settings.limits, () => this.#onAccepted());
    this.#outgoing = new OutgoingCalls(this.#outbox, settings);
    this.#incoming = new IncomingCalls(settings, this.#outbox, {
      fail: (error) => this.#end(error),
      onRoom: () => this.#pump(),
    });
    const { promise, resolve } = Promise.withResolvers<ChannelError | undefined>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#listen();
  }

  request(method: string, params?: unknown, options: RequestOptions = {}): Promise<unknown> {
    return watched(this.#request(method, params, options));
  }

  notify(method: string, params?: unknown): Promise<void> {
    return watched(this.#notify(method, params));
  }

  close(reason?: Error): void {
    if (reason === undefined || reason instanceof ChannelError) this.#end(reason);
    else this.#end(new ChannelClosedError("the channel was closed", { cause: reason }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  async #request(method: string, params: unknown, options: RequestOptions): Promise<unknown> {
    if (this.#closedError) throw this.#closedError;
    return this.#outgoing.request(method, params, options);
  }

  async #notify(method: string, params: unknown): Promise<void> {
    if (this.#closedError) throw this.#closedError;
    checkMethod(method);
    const frame = encodeCall({ id: undefined, method, params }, this.#settings.limits);
    this.#outbox.checkRoom(frame);
    return new Promise((resolve, reject) => {
      this.#unaccepted.add(reject);
      this.#outbox.send(frame, () => {
        this.#unaccepted.delete(reject);
        resolve();
      });
    });
  }

  #listen(): void {
    const stream = this.#stream;
    // Stays for good: a late error of a destroyed stream must not end the process.
    stream.on("error", (cause) => this.#end(new ChannelStreamError("the stream failed", { cause })));
    stream.on("close", () => this.#end(new ChannelStreamError("the stream was destroyed")));
    if (stream.destroyed) {
      this.#end(new ChannelStreamError("the stream is already destroyed"));
      return;
    }
    stream.on("end", () => this.#onEnd());
    stream.on("data", (chunk: Buffer) => this.#onData(chunk));
  }

  #onData(chunk: Buffer): void {
    if (this.#closedError) return;
    this.#guard(() => this.#intake.push(chunk));
    this.#pump();
  }

  #onEnd(): void {
    const whole = this.#intake.isBetweenFrames;
    this.#end(whole ? undefined : new ChannelProtocolError("the stream ended in the middle of a frame"));
  }

  #onAccepted(): void {
    this.#incoming.flush();
    this.#pump();
  }

  /** Handles what was read until it is used up, or until a call has no room; then the stream is paused. */
  #pump(): void {
    if (this.#pumping || this.#closedError) return;
    const wasHeld = this.#held !== undefined;
    this.#pumping = true;
    this.#guard(() => this.#handleFrames());
    this.#pumping = false;
    const isHeld = this.#held !== undefined;
    if (isHeld && !wasHeld) this.#stream.pause();
    else if (wasHeld && !isHeld) this.#stream.resume();
  }

  /** Ends the channel by whatever `action` throws. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (cause) {
      const unforeseen = () => new ChannelProtocolError("a frame could not be handled", { cause });
      this.#end(cause instanceof ChannelError ? cause : unforeseen());
    }
  }

  #handleFrames(): void {
    while (!this.#closedError) {
      this.#held ??= this.#intake.next();
      if (this.#held === undefined) return;
      const incoming = this.#held;
      const { message, bytes } = incoming;
      if (message.kind === "call") {
        if (!this.#incoming.hasRoom(bytes) && !isCancel(message)) return;
        this.#held = undefined;
        this.#takeCall(message, bytes);
      } else {
        this.#held = undefined;
        this.#outgoing.settle(message);
        this.#intake.refund(incoming);
      }
    }
  }

  #takeCall(call: Call, bytes: number): void {
    if (!isCancel(call)) {
      this.#incoming.accept(call, bytes);
      return;
    }
    const { params } = call;
    if (!isJsonObject(params) || Object.keys(params).length !== 1 || !isId(params.id)) {
      throw new ChannelProtocolError("the peer sent a $/cancel without just an id");
    }
    this.#incoming.cancel(params.id);
  }

  #end(error: ChannelError | undefined): void {
    if (this.#closedError) return;
    const closed =
      error instanceof ChannelClosedError
        ? error
        : new ChannelClosedError("the channel is closed", error && { cause: error });
    this.#closedError = closed;
    this.#held = undefined;
    this.#intake.clear();
    this.#outgoing.close(closed);
    this.#incoming.close(closed);
    for (const reject of this.#unaccepted) reject(closed);
    this.#unaccepted.clear();
    this.#stream.destroy();
    this.#resolveClosed(error);
  }
}

/**
 * The peer decides when these promises reject. One that nobody awaits yet must not end the process as an
 * unhandled rejection: whoever awaits it still sees its error, and `closed` tells of the end in any case.
 */
function watched<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function isCancel(call: Call): boolean {
  return call.id === undefined && call.method === "$/cancel";
}

/**
 * Opens a channel over `stream`: newline-delimited JSON-RPC 2.0 with a peer that may be hostile. The channel
 * owns the stream from now on. Throws `ChannelOptionsError`.
 */
export function createChannel(stream: Duplex, options: ChannelOptions = {}): Channel {
  const settings = readOptions(options);
  if (stream.readableObjectMode || stream.writableObjectMode || stream.readableEncoding !== null) {
    throw new ChannelOptionsError("the stream must carry bytes: no object mode, no setEncoding");
  }
  return new DuplexChannel(stream, settings);
}
