import { clearTimeout, setTimeout } from "node:timers";
import { encodeCall } from "./encode.ts";
import {
  ChannelArgumentError,
  ChannelBusyError,
  ChannelCancelledError,
  type ChannelClosedError,
  type ChannelError,
  ChannelProtocolError,
  ChannelRemoteError,
  ChannelTimeoutError,
} from "./errors.ts";
import { type Id, isMethod, MAX_NAME_LENGTH, type Message } from "./message.ts";
import { type ChannelLimits, isTimeout, type Settings } from "./options.ts";
import type { Outbox } from "./outbox.ts";

export interface RequestOptions {
  /** Gives the request up: the peer is told by `$/cancel`, the promise rejects with ChannelCancelledError. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds above 0, or `Infinity`. Default: `requestTimeoutMs` of the channel. */
  readonly timeoutMs?: number | undefined;
}

interface PendingCall {
  resolve(result: unknown): void;
  reject(error: ChannelError): void;
  /** Drops the timer and the abort listener. */
  release(): void;
}

/** How many abandoned requests, as a multiple of maxPendingRequests, may still await their late answer. */
const ABANDONED_PER_PENDING = 16;

export function checkMethod(method: string): void {
  if (isMethod(method) && !method.startsWith("$/")) return;
  throw new ChannelArgumentError(
    `a method must be a string of 1 to ${MAX_NAME_LENGTH} characters, not beginning "$/"`,
  );
}

/** The requests that this side has made and that have no answer yet. */
export class OutgoingCalls {
  readonly #outbox: Outbox;
  readonly #limits: ChannelLimits;
  readonly #defaultTimeoutMs: number;
  readonly #pending = new Map<Id, PendingCall>();
  readonly #abandoned = new Set<Id>();
  #lastId = 0;

  constructor(outbox: Outbox, settings: Settings) {
    this.#outbox = outbox;
    this.#limits = settings.limits;
    this.#defaultTimeoutMs = settings.requestTimeoutMs;
  }

  /** Throws, when nothing was sent, what `Channel.request` documents. */
  request(method: string, params: unknown, options: RequestOptions): Promise<unknown> {
    const timeoutMs = options.timeoutMs ?? this.#defaultTimeoutMs;
    checkMethod(method);
    if (!isTimeout(timeoutMs)) throw new ChannelArgumentError("timeoutMs must be above 0, or Infinity");
    if (options.signal?.aborted) throw cancelled(options.signal);
    this.#checkBusy();
    const id = this.#lastId + 1;
    const frame = encodeCall({ id, method, params }, this.#limits);
    this.#outbox.checkRoom(frame);
    this.#lastId = id;
    return new Promise((resolve, reject) => {
      const release = this.#watch(id, method, { signal: options.signal, timeoutMs });
      this.#pending.set(id, { resolve, reject, release });
      this.#outbox.send(frame);
    });
  }

  /** Throws {@link ChannelProtocolError} for an answer to what was never asked, or already answered. */
  settle(response: Exclude<Message, { kind: "call" }>): void {
    const call = this.#pending.get(response.id);
    if (call === undefined) {
      if (this.#abandoned.delete(response.id)) return;
      throw new ChannelProtocolError("the peer answered a request that is not pending");
    }
    this.#pending.delete(response.id);
    call.release();
    if (response.kind === "result") call.resolve(response.result);
    else call.reject(new ChannelRemoteError(response.message, response));
  }

  close(error: ChannelClosedError): void {
    for (const call of this.#pending.values()) {
      call.release();
      call.reject(error);
    }
    this.#pending.clear();
    this.#abandoned.clear();
  }

  #checkBusy(): void {
    const { maxPendingRequests } = this.#limits;
    if (this.#pending.size >= maxPendingRequests) {
      throw new ChannelBusyError(`${maxPendingRequests} requests are pending: wait for one to end`);
    }
    // Forgetting one instead would turn its late answer into a protocol error.
    if (this.#abandoned.size >= ABANDONED_PER_PENDING * maxPendingRequests) {
      throw new ChannelBusyError("the peer answers no cancelled requests: close the channel");
    }
  }

  #watch(
    id: Id,
    method: string,
    options: { signal: AbortSignal | undefined; timeoutMs: number },
  ): () => void {
    const { signal, timeoutMs } = options;
    const onAbort = signal && (() => this.#abandon(id, cancelled(signal)));
    if (onAbort) signal.addEventListener("abort", onAbort, { once: true });
    const onTimeout = () =>
      this.#abandon(id, new ChannelTimeoutError(`"${method}" was not answered in ${timeoutMs} ms`));
    // Not a reason for a process to live: while the channel is open its stream is one.
    const timer = timeoutMs === Infinity ? undefined : setTimeout(onTimeout, timeoutMs).unref();
    return () => {
      clearTimeout(timer);
      if (onAbort) signal.removeEventListener("abort", onAbort);
    };
  }

  #abandon(id: Id, error: ChannelError): void {
    const call = this.#pending.get(id);
    if (call === undefined) return;
    this.#pending.delete(id);
    this.#abandoned.add(id);
    call.release();
    // Past maxQueuedBytes if need be: there is at most one of these small frames for each request sent.
    this.#outbox.send(encodeCall({ id: undefined, method: "$/cancel", params: { id } }, this.#limits));
    call.reject(error);
  }
}

function cancelled(signal: AbortSignal): ChannelCancelledError {
  return new ChannelCancelledError("the request was cancelled", { cause: signal.reason });
}
