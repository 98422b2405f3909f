/** Every way in which a channel can fail, as the `code` of a {@link ChannelError}. */
export type ChannelErrorCode =
  | "CHANNEL_ARGUMENT"
  | "CHANNEL_BACKPRESSURE"
  | "CHANNEL_BUSY"
  | "CHANNEL_CANCELLED"
  | "CHANNEL_CLOSED"
  | "CHANNEL_FLOOD"
  | "CHANNEL_FRAME_TOO_COMPLEX"
  | "CHANNEL_FRAME_TOO_LARGE"
  | "CHANNEL_HANDLER"
  | "CHANNEL_NOTIFICATION"
  | "CHANNEL_OPTIONS"
  | "CHANNEL_PROTOCOL"
  | "CHANNEL_REMOTE"
  | "CHANNEL_STREAM"
  | "CHANNEL_TIMEOUT";

/** The base of every error that a channel throws, rejects with, or closes with. */
export abstract class ChannelError extends Error {
  abstract readonly code: ChannelErrorCode;
}

/** An option of `createChannel` is unknown or out of range. Thrown at once; nothing was read or written. */
export class ChannelOptionsError extends ChannelError {
  override readonly name = "ChannelOptionsError";
  override readonly code = "CHANNEL_OPTIONS";
}

/** A method, params, timeout or result cannot be sent. Nothing was sent; the channel stays open. */
export class ChannelArgumentError extends ChannelError {
  override readonly name = "ChannelArgumentError";
  override readonly code = "CHANNEL_ARGUMENT";
}

/** The peer broke JSON-RPC 2.0 or this channel's rules. The channel is closed: there is no second chance. */
export class ChannelProtocolError extends ChannelError {
  override readonly name = "ChannelProtocolError";
  override readonly code = "CHANNEL_PROTOCOL";
}

/** A frame exceeds `maxFrameBytes`. From the peer: the channel is closed. Our own: not sent, stays open. */
export class ChannelFrameTooLargeError extends ChannelError {
  override readonly name = "ChannelFrameTooLargeError";
  override readonly code = "CHANNEL_FRAME_TOO_LARGE";
}

/** A frame exceeds `maxDepth` or `maxValues`. From the peer: the channel is closed. Our own: not sent. */
export class ChannelFrameTooComplexError extends ChannelError {
  override readonly name = "ChannelFrameTooComplexError";
  override readonly code = "CHANNEL_FRAME_TOO_COMPLEX";
}

/** The peer sent more than `maxFramesPerSecond` or `maxBytesPerSecond` allow. The channel is closed. */
export class ChannelFloodError extends ChannelError {
  override readonly name = "ChannelFloodError";
  override readonly code = "CHANNEL_FLOOD";
}

/** `maxQueuedBytes` wait for a peer that reads too slowly. Nothing was sent; try again once it reads. */
export class ChannelBackpressureError extends ChannelError {
  override readonly name = "ChannelBackpressureError";
  override readonly code = "CHANNEL_BACKPRESSURE";
}

/** `maxPendingRequests` of our own requests have no answer yet. Nothing was sent. */
export class ChannelBusyError extends ChannelError {
  override readonly name = "ChannelBusyError";
  override readonly code = "CHANNEL_BUSY";
}

/** No answer came within the request's timeout. The peer was told by `$/cancel`. */
export class ChannelTimeoutError extends ChannelError {
  override readonly name = "ChannelTimeoutError";
  override readonly code = "CHANNEL_TIMEOUT";
}

/** The caller's signal aborted a request; or, as a handler's abort reason, the peer cancelled it. */
export class ChannelCancelledError extends ChannelError {
  override readonly name = "ChannelCancelledError";
  override readonly code = "CHANNEL_CANCELLED";
}

/** The channel closed before this could be done; `cause` is the error that it closed with, if any. */
export class ChannelClosedError extends ChannelError {
  override readonly name = "ChannelClosedError";
  override readonly code = "CHANNEL_CLOSED";
}

/** The stream below the channel failed; `cause` is its error. */
export class ChannelStreamError extends ChannelError {
  override readonly name = "ChannelStreamError";
  override readonly code = "CHANNEL_STREAM";
}

/** The handler of a notification failed. It has nobody to answer, so the channel is closed with its error. */
export class ChannelNotificationError extends ChannelError {
  override readonly name = "ChannelNotificationError";
  override readonly code = "CHANNEL_NOTIFICATION";
}

interface RemoteDetails {
  /** JSON-RPC error code, an integer. */
  readonly remoteCode: number;
  /** JSON-RPC error data. */
  readonly data?: unknown;
}

/** The peer answered a request with an error. `message` and `data` are the peer's words: do not trust them. */
export class ChannelRemoteError extends ChannelError {
  override readonly name = "ChannelRemoteError";
  override readonly code = "CHANNEL_REMOTE";
  readonly remoteCode: number;
  readonly data: unknown;

  constructor(message: string, details: RemoteDetails) {
    super(message);
    this.remoteCode = details.remoteCode;
    this.data = details.data;
  }
}

/** Throw this in a handler to choose the code, message and data that the peer receives. */
export class ChannelHandlerError extends ChannelError {
  override readonly name = "ChannelHandlerError";
  override readonly code = "CHANNEL_HANDLER";
  readonly remoteCode: number;
  readonly data: unknown;

  constructor(message: string, details: RemoteDetails & ErrorOptions) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.remoteCode = details.remoteCode;
    this.data = details.data;
  }
}
