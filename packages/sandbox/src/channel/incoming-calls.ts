import { encodeOutcome, type Outcome } from "./encode.ts";
import {
  ChannelCancelledError,
  type ChannelClosedError,
  type ChannelError,
  ChannelNotificationError,
  ChannelProtocolError,
} from "./errors.ts";
import type { Call, Id } from "./message.ts";
import type { Handler, Settings } from "./options.ts";
import type { Outbox } from "./outbox.ts";

/** One call of the peer, from its frame until its response is accepted by the stream. */
class RunningCall {
  readonly id: Id | undefined;
  readonly method: string;
  readonly bytes: number;
  #controller: AbortController | undefined;
  #reason: ChannelError | undefined;

  constructor(call: Call, bytes: number) {
    this.id = call.id;
    this.method = call.method;
    this.bytes = bytes;
  }

  /** Made on demand: most handlers never look, and a controller costs more than a small call. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  abort(reason: ChannelError): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

export interface IncomingHooks {
  fail(error: ChannelError): void;
  /** A call ended: another one may have room now. */
  onRoom(): void;
}

/**
 * The calls that the peer has made. A call holds its slot until the stream has accepted its response, so
 * a peer that does not read its responses runs out of slots, and reading from it stops.
 */
export class IncomingCalls {
  readonly #settings: Settings;
  readonly #outbox: Outbox;
  readonly #hooks: IncomingHooks;
  readonly #running = new Set<RunningCall>();
  readonly #requests = new Map<Id, RunningCall>();
  readonly #answers: { id: Id; outcome: Outcome }[] = [];
  #slots = 0;
  #bytes = 0;
  #closed = false;

  constructor(settings: Settings, outbox: Outbox, hooks: IncomingHooks) {
    this.#settings = settings;
    this.#outbox = outbox;
    this.#hooks = hooks;
  }

  /** Whether a call whose frame has `bytes` may start now. */
  hasRoom(bytes: number): boolean {
    const { maxPendingRequests, maxQueuedBytes } = this.#settings.limits;
    if (this.#slots === 0) return true;
    return this.#slots < maxPendingRequests && this.#bytes + bytes <= maxQueuedBytes;
  }

  /** Throws {@link ChannelProtocolError} for an id that is in use. */
  accept(call: Call, bytes: number): void {
    const { id } = call;
    const handler = this.#settings.handlers.get(call.method);
    if (handler === undefined && id === undefined) return;
    if (id !== undefined && this.#requests.has(id)) {
      throw new ChannelProtocolError("the peer used the id of a request that is still running");
    }
    const running = new RunningCall(call, bytes);
    this.#start(running);
    if (handler === undefined) this.#settle(running, { kind: "unknown method" });
    else this.#run(running, handler, call.params);
  }

  /** The request may have been answered meanwhile: an unknown id is no error. */
  cancel(id: Id): void {
    this.#requests.get(id)?.abort(new ChannelCancelledError("the peer cancelled the request"));
  }

  /** Sends the answers that waited for room. */
  flush(): void {
    const { limits, hideHandlerErrors: hide } = this.#settings;
    while (!this.#closed && this.#outbox.hasRoom) {
      const answer = this.#answers.shift();
      if (answer === undefined) return;
      this.#requests.delete(answer.id);
      const frame = encodeOutcome(answer.id, answer.outcome, { limits, hide });
      this.#outbox.send(frame, () => {
        this.#slots--;
      });
    }
  }

  close(error: ChannelClosedError): void {
    this.#closed = true;
    this.#answers.length = 0;
    for (const call of this.#running) call.abort(error);
  }

  #start(call: RunningCall): void {
    this.#slots++;
    this.#bytes += call.bytes;
    this.#running.add(call);
    if (call.id !== undefined) this.#requests.set(call.id, call);
  }

  #run(call: RunningCall, handler: Handler, params: unknown): void {
    const context = {
      get signal() {
        return call.signal;
      },
    };
    try {
      const value = handler(params, context);
      if (isThenable(value)) this.#await(call, value);
      else this.#settle(call, { kind: "result", value });
    } catch (error) {
      this.#settle(call, { kind: "thrown", error, cancelled: call.aborted });
    }
  }

  #await(call: RunningCall, value: PromiseLike<unknown>): void {
    Promise.resolve(value).then(
      (result) => this.#settle(call, { kind: "result", value: result }),
      (error) => this.#settle(call, { kind: "thrown", error, cancelled: call.aborted }),
    );
  }

  #settle(call: RunningCall, outcome: Outcome): void {
    this.#bytes -= call.bytes;
    this.#running.delete(call);
    if (this.#closed) return;
    if (call.id !== undefined) {
      this.#answers.push({ id: call.id, outcome });
      this.flush();
    } else {
      this.#slots--;
      if (outcome.kind === "thrown") {
        const message = `the handler of the notification "${call.method}" failed: catch what may fail in it`;
        this.#hooks.fail(new ChannelNotificationError(message, { cause: outcome.error }));
      }
    }
    this.#hooks.onRoom();
  }
}
