import type { ChannelLimits } from "../../src/channel/index.ts";

/**
 * Says what a channel must do with the frames in `wire`, written apart from the channel and for clarity, not
 * speed: parse first, look afterwards. A set of codes of which one must end the channel, or undefined if it
 * must go on. The channel is one that has asked nothing; of its handlers, "fail" throws.
 */
export function expectedEnd(wire: Buffer, limits: ChannelLimits): Set<string> | undefined {
  for (let start = 0; start <= wire.length; ) {
    const newline = wire.indexOf("\n", start);
    const end = newline === -1 ? wire.length : newline;
    const refused = refusal(wire.subarray(start, end), limits);
    if (refused) return refused;
    start = end + 1;
  }
  return undefined;
}

function refusal(frame: Buffer, limits: ChannelLimits): Set<string> | undefined {
  if (frame.length > limits.maxFrameBytes) return new Set(["CHANNEL_FRAME_TOO_LARGE"]);
  let text: string;
  let body: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(frame);
    body = JSON.parse(text);
  } catch {
    // Which of the two is found first in a frame that is deep and malformed does not matter.
    return new Set(["CHANNEL_PROTOCOL", "CHANNEL_FRAME_TOO_COMPLEX"]);
  }
  if (depthOf(text) > limits.maxDepth) return new Set(["CHANNEL_FRAME_TOO_COMPLEX"]);
  if (!isCall(body) || hasProto(body)) return new Set(["CHANNEL_PROTOCOL"]);
  return isFailingNotification(body) ? new Set(["CHANNEL_NOTIFICATION"]) : undefined;
}

function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  for (const bracket of json.replace(/"(?:\\.|[^"\\])*"/g, "").match(/[[\]{}]/g) ?? []) {
    depth += "[{".includes(bracket) ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function hasProto(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, member]) => key === "__proto__" || hasProto(member));
}

/** A response can only be unasked for here, so nothing but a request or a notification is right. */
function isCall(body: unknown): boolean {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return false;
  const members = new Map<string, unknown>(Object.entries(body));
  const method = members.get("method");
  const id = members.get("id");
  const params = members.get("params");
  const known = [...members.keys()].every((key) => /^(jsonrpc|id|method|params)$/.test(key));
  const rightId = !members.has("id") || isId(id);
  const rightParams = !members.has("params") || (typeof params === "object" && params !== null);
  const rightMethod = typeof method === "string" && method.length >= 1 && method.length <= 128;
  const cancel = method === "$/cancel" && !members.has("id");
  const rightCancel =
    !cancel || (Object.keys(Object(params)).join() === "id" && isId(Reflect.get(Object(params), "id")));
  return known && members.get("jsonrpc") === "2.0" && rightMethod && rightId && rightParams && rightCancel;
}

function isFailingNotification(body: unknown): boolean {
  return (
    typeof body === "object" && body !== null && !("id" in body) && "method" in body && body.method === "fail"
  );
}

function isId(id: unknown): boolean {
  return typeof id === "string" ? id.length <= 128 : Number.isSafeInteger(id);
}
