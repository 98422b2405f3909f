export { type Channel, createChannel } from "./channel.ts";
export {
  ChannelArgumentError,
  ChannelBackpressureError,
  ChannelBusyError,
  ChannelCancelledError,
  ChannelClosedError,
  ChannelError,
  type ChannelErrorCode,
  ChannelFloodError,
  ChannelFrameTooComplexError,
  ChannelFrameTooLargeError,
  ChannelHandlerError,
  ChannelNotificationError,
  ChannelOptionsError,
  ChannelProtocolError,
  ChannelRemoteError,
  ChannelStreamError,
  ChannelTimeoutError,
} from "./errors.ts";
export type { ChannelLimits, ChannelOptions, Handler, HandlerContext } from "./options.ts";
export type { RequestOptions } from "./outgoing-calls.ts";
