import { performance } from "node:perf_hooks";
import { ChannelOptionsError } from "./errors.ts";

/** Answers one request (its return value is the result) or takes one notification (the value is ignored). */
export type Handler = (params: unknown, context: HandlerContext) => unknown | Promise<unknown>;

export interface HandlerContext {
  /** Aborts when the peer cancels this request (`ChannelCancelledError`) or the channel closes. */
  readonly signal: AbortSignal;
}

/** What a peer may cost. All are whole numbers; both sides should be given the same. */
export interface ChannelLimits {
  /** Largest frame without its newline, in bytes, each way. 1 KiB to 256 MiB, default 4 MiB. */
  readonly maxFrameBytes: number;
  /** Deepest nesting of arrays and objects in a frame, its own object counted. 4 to 1,024, default 64. */
  readonly maxDepth: number;
  /**
   * Most arrays, objects, members and elements in a frame, default 100,000. `{},{},…` costs a few bytes on
   * the wire and over 50 in the heap, so a limit of bytes alone bounds memory badly.
   */
  readonly maxValues: number;
  /** Most requests without an answer, each way; from the peer, running notifications too. Default 64. */
  readonly maxPendingRequests: number;
  /**
   * Frames a second, but for answers to our own requests, that the peer may send for ever; twice as many in
   * one burst. Their values (see `maxValues`) may be ten times as many. Default 5,000.
   */
  readonly maxFramesPerSecond: number;
  /**
   * Bytes a second, but for answers to our own requests, that the peer may send for ever; in one burst twice
   * as many, or two of the largest frames. A read counts for 2 KiB at least. Default 16 MiB.
   */
  readonly maxBytesPerSecond: number;
  /**
   * Most bytes of frames that wait to be written; and, the other way, of frames whose handlers run.
   * At least `maxFrameBytes`, default four times that.
   */
  readonly maxQueuedBytes: number;
}

export interface ChannelOptions {
  /** Methods that the peer may call, by name. Only own members count; names beginning `$/` are reserved. */
  readonly handlers?: Readonly<Record<string, Handler>> | undefined;
  readonly limits?: Partial<ChannelLimits> | undefined;
  /** Default timeout of our own requests in milliseconds, or `Infinity`. Default 60,000. */
  readonly requestTimeoutMs?: number | undefined;
  /**
   * Answer "internal error" instead of the message of whatever a handler threw, save for a
   * `ChannelHandlerError`. For a host whose error messages could name paths or keys. Default false.
   */
  readonly hideHandlerErrors?: boolean | undefined;
  /** A monotonic clock in milliseconds for the rate limits. Default `performance.now`. */
  readonly now?: (() => number) | undefined;
}

export interface Settings {
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly limits: ChannelLimits;
  readonly requestTimeoutMs: number;
  readonly hideHandlerErrors: boolean;
  readonly now: () => number;
}

/** Longest delay of a timer of Node: 2^31 - 1 ms. */
const MAX_TIMER_MS = 0x7fffffff;
/**
 * Values that a frame may hold on average. To parse one costs up to 1 us (measured: objects whose members all
 * have different names), a fifth of a small frame from its bytes to its handler.
 */
export const VALUES_PER_FRAME = 10;
const MIB = 1024 * 1024;

/** [default, least, most] */
const RANGES: Record<keyof ChannelLimits, readonly [number, number, number]> = {
  maxFrameBytes: [4 * MIB, 1024, 256 * MIB],
  maxDepth: [64, 4, 1024],
  maxValues: [100_000, 16, 1e9],
  maxPendingRequests: [64, 1, 65_536],
  maxFramesPerSecond: [5000, 1, 1e9],
  maxBytesPerSecond: [16 * MIB, 1024, 1e12],
  maxQueuedBytes: [16 * MIB, 1024, 1024 * MIB],
};

export function isTimeout(value: number): boolean {
  return value === Infinity || (value > 0 && value <= MAX_TIMER_MS);
}

function refuseUnknown(given: object, known: readonly string[], where: string): void {
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) {
      throw new ChannelOptionsError(`unknown ${where} "${key}": use one of ${known.join(", ")}`);
    }
  }
}

function readLimits(given: Partial<ChannelLimits>): ChannelLimits {
  refuseUnknown(given, Object.keys(RANGES), "limit");
  const read = (key: keyof ChannelLimits, fallback = RANGES[key][0]): number => {
    const value = given[key] ?? fallback;
    const [, least, most] = RANGES[key];
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new ChannelOptionsError(`limits.${key} must be a whole number from ${least} to ${most}`);
  };
  const maxFrameBytes = read("maxFrameBytes");
  const limits: ChannelLimits = {
    maxFrameBytes,
    maxDepth: read("maxDepth"),
    maxValues: read("maxValues"),
    maxPendingRequests: read("maxPendingRequests"),
    maxFramesPerSecond: read("maxFramesPerSecond"),
    maxBytesPerSecond: read("maxBytesPerSecond"),
    maxQueuedBytes: read("maxQueuedBytes", 4 * maxFrameBytes),
  };
  if (limits.maxQueuedBytes < maxFrameBytes) {
    throw new ChannelOptionsError("limits.maxQueuedBytes must be at least limits.maxFrameBytes");
  }
  return limits;
}

function readHandlers(given: Readonly<Record<string, Handler>>): ReadonlyMap<string, Handler> {
  // A Map has no prototype members to find: "constructor" is as unknown as any other name.
  const handlers = new Map(Object.entries(given));
  for (const [method, handler] of handlers) {
    if (typeof handler !== "function" || method.startsWith("$/")) {
      throw new ChannelOptionsError(`handlers["${method}"] must be a function, its name not beginning "$/"`);
    }
  }
  return handlers;
}

/** Checks the options once, at the edge. Throws {@link ChannelOptionsError}. */
export function readOptions(options: ChannelOptions): Settings {
  const { handlers, limits, requestTimeoutMs, hideHandlerErrors, now, ...unknown } = options;
  refuseUnknown(unknown, ["handlers", "limits", "requestTimeoutMs", "hideHandlerErrors", "now"], "option");
  const timeout = requestTimeoutMs ?? 60_000;
  if (!isTimeout(timeout)) {
    throw new ChannelOptionsError(`requestTimeoutMs must be above 0, at most ${MAX_TIMER_MS}, or Infinity`);
  }
  return {
    handlers: readHandlers(handlers ?? {}),
    limits: readLimits(limits ?? {}),
    requestTimeoutMs: timeout,
    hideHandlerErrors: hideHandlerErrors ?? false,
    now: now ?? (() => performance.now()),
  };
}
