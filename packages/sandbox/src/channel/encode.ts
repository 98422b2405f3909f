import { Buffer } from "node:buffer";
import {
  ChannelArgumentError,
  ChannelError,
  ChannelFrameTooLargeError,
  ChannelHandlerError,
} from "./errors.ts";
import { scanFrame } from "./frame-scan.ts";
import { hasProtoMember, type Id } from "./message.ts";
import type { ChannelLimits } from "./options.ts";

/** Error codes of JSON-RPC 2.0 §5.1, and of the Language Server Protocol for a cancelled request. */
const METHOD_NOT_FOUND = -32601;
const INTERNAL_ERROR = -32603;
const REQUEST_CANCELLED = -32800;
/** Longest error message that is sent, in UTF-16 units. */
const SENT_MESSAGE_LENGTH = 1000;

/** What a handler, or the lack of one, came to. */
export type Outcome =
  | { readonly kind: "result"; readonly value: unknown }
  | { readonly kind: "thrown"; readonly error: unknown; readonly cancelled: boolean }
  | { readonly kind: "unknown method" };

function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new ChannelArgumentError("the value cannot be written as JSON: remove cycles and bigints", {
      cause,
    });
  }
}

/** Holds our own frames to the peer's rules, so that a mistake here costs one call and not the channel. */
function seal(json: string, limits: ChannelLimits): Buffer {
  if (hasProtoMember(json)) throw new ChannelArgumentError("the value has a member named __proto__");
  const frame = Buffer.from(`${json}\n`);
  if (frame.length - 1 > limits.maxFrameBytes) {
    throw new ChannelFrameTooLargeError(
      `the frame has ${frame.length - 1} bytes, the limit is ${limits.maxFrameBytes}: send less at once`,
    );
  }
  scanFrame(frame, limits);
  return frame;
}

/** A request, or a notification when `id` is undefined. */
export function encodeCall(
  call: { readonly id: Id | undefined; readonly method: string; readonly params: unknown },
  limits: ChannelLimits,
): Buffer {
  const params = call.params === undefined ? undefined : toJson(call.params);
  if (call.params !== undefined && params?.[0] !== "{" && params?.[0] !== "[") {
    throw new ChannelArgumentError("params must be an object or an array");
  }
  const id = call.id === undefined ? "" : `,"id":${JSON.stringify(call.id)}`;
  const tail = params === undefined ? "" : `,"params":${params}`;
  return seal(`{"jsonrpc":"2.0"${id},"method":${JSON.stringify(call.method)}${tail}}`, limits);
}

function sentMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  // Some messages quote a stack, as those of failed child processes do.
  const [words = ""] = message.split(/\n\s*at /, 1);
  return words.slice(0, SENT_MESSAGE_LENGTH).toWellFormed() || "internal error";
}

function errorBody(outcome: Exclude<Outcome, { kind: "result" }>, hide: boolean): object {
  if (outcome.kind === "unknown method") return { code: METHOD_NOT_FOUND, message: "method not found" };
  const { error, cancelled } = outcome;
  if (error instanceof ChannelHandlerError) {
    const code = Number.isSafeInteger(error.remoteCode) ? error.remoteCode : INTERNAL_ERROR;
    return { code, message: sentMessage(error), data: error.data };
  }
  const code = cancelled ? REQUEST_CANCELLED : INTERNAL_ERROR;
  return { code, message: hide ? "internal error" : sentMessage(error) };
}

function response(id: Id, member: string, limits: ChannelLimits): Buffer {
  return seal(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},${member}}`, limits);
}

/**
 * The response to a request. Never throws: a result or error that cannot be sent becomes an error that
 * says why.
 */
export function encodeOutcome(
  id: Id,
  outcome: Outcome,
  options: { limits: ChannelLimits; hide: boolean },
): Buffer {
  const { limits, hide } = options;
  try {
    if (outcome.kind === "result") return response(id, `"result":${toJson(outcome.value) ?? "null"}`, limits);
    return response(id, `"error":${toJson(errorBody(outcome, hide))}`, limits);
  } catch (error) {
    // The words are this file's own and short: they fit the smallest maxFrameBytes.
    const message = error instanceof ChannelError ? `cannot answer: ${error.message}` : "cannot answer";
    return response(id, `"error":${toJson({ code: INTERNAL_ERROR, message })}`, limits);
  }
}
