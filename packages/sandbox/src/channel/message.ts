import { type Buffer, isUtf8 } from "node:buffer";
import { ChannelProtocolError } from "./errors.ts";

export type Id = string | number;
export type Message =
  | { readonly kind: "call"; readonly id: Id | undefined; readonly method: string; readonly params: unknown }
  | { readonly kind: "result"; readonly id: Id; readonly result: unknown }
  | {
      readonly kind: "error";
      readonly id: Id;
      readonly remoteCode: number;
      readonly message: string;
      readonly data: unknown;
    };
/** A request, or a notification when `id` is undefined. */
export type Call = Extract<Message, { kind: "call" }>;

/** Longest method and longest string id, in UTF-16 units. */
export const MAX_NAME_LENGTH = 128;
/** Longest error message taken from a peer, in UTF-16 units; what this side sends is cut far shorter. */
const MAX_ERROR_MESSAGE_LENGTH = 4096;

/**
 * A member named `__proto__` in JSON text, escaped or not. JSON.parse makes it an ordinary member, but
 * Object.assign or a deep merge of the parsed value would then set a prototype, so no frame may have one. In
 * valid JSON only a member's name stands before a colon, and no quote inside a string is unescaped.
 */
const PROTO_MEMBER =
  /"(?:_|\\u005[fF]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[fF])(?:t|\\u0074)(?:o|\\u006[fF])(?:_|\\u005[fF]){2}"[ \t\r]*:/;

const CALL_MEMBERS = ["jsonrpc", "id", "method", "params"];
const RESULT_MEMBERS = ["jsonrpc", "id", "result"];
const ERROR_RESPONSE_MEMBERS = ["jsonrpc", "id", "error"];
const ERROR_MEMBERS = ["code", "message", "data"];

type JsonObject = Readonly<Record<string, unknown>>;

export function hasProtoMember(json: string): boolean {
  return PROTO_MEMBER.test(json);
}

export function isMethod(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= MAX_NAME_LENGTH;
}

export function isId(value: unknown): value is Id {
  return typeof value === "string" ? value.length <= MAX_NAME_LENGTH : Number.isSafeInteger(value);
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(what: string): never {
  throw new ChannelProtocolError(`the peer sent ${what}`);
}

function refuseOthers(object: JsonObject, members: readonly string[]): void {
  for (const key of Object.keys(object)) {
    if (!members.includes(key)) refuse("a message with an unknown member");
  }
}

function parseJson(frame: Buffer): unknown {
  if (!isUtf8(frame)) refuse("a frame that is not UTF-8");
  const text = frame.toString("utf8");
  if (hasProtoMember(text)) refuse("a member named __proto__");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ChannelProtocolError("the peer sent a frame that is not JSON", { cause });
  }
}

function readCall(body: JsonObject): Call {
  refuseOthers(body, CALL_MEMBERS);
  const { id, method, params } = body;
  if (Object.hasOwn(body, "id") && !isId(id)) refuse("a request with an invalid id");
  if (!isMethod(method)) refuse("a call with an invalid method");
  if (Object.hasOwn(body, "params") && (typeof params !== "object" || params === null)) {
    refuse("params that are neither an object nor an array");
  }
  return { kind: "call", id: isId(id) ? id : undefined, method, params };
}

function readResponse(body: JsonObject): Message {
  const { id, error } = body;
  if (!isId(id)) refuse("a response with an invalid id");
  if (Object.hasOwn(body, "result")) {
    refuseOthers(body, RESULT_MEMBERS);
    return { kind: "result", id, result: body.result };
  }
  refuseOthers(body, ERROR_RESPONSE_MEMBERS);
  if (!isJsonObject(error)) refuse("a response with neither result nor error");
  refuseOthers(error, ERROR_MEMBERS);
  const { code, message, data } = error;
  if (typeof code !== "number" || !Number.isSafeInteger(code))
    refuse("an error whose code is not an integer");
  if (typeof message !== "string" || message.length > MAX_ERROR_MESSAGE_LENGTH) {
    refuse("an error whose message is not a string, or too long");
  }
  return { kind: "error", id, remoteCode: code, message, data };
}

/**
 * Parses one frame into a message, by JSON-RPC 2.0 (https://www.jsonrpc.org/specification) without batches
 * and without members that it does not define. Throws {@link ChannelProtocolError}. What the frame may hold
 * was bounded before, by `scanFrame`.
 */
export function decodeFrame(frame: Buffer): Message {
  const body = parseJson(frame);
  if (!isJsonObject(body)) refuse("a frame that is not one object; batches are not taken");
  if (body.jsonrpc !== "2.0") refuse('a message whose jsonrpc is not "2.0"');
  return Object.hasOwn(body, "method") ? readCall(body) : readResponse(body);
}
