import { FallbackOptionsError } from "../errors.ts";
import { isObject, readOptions } from "../read-options.ts";
import { textTokens } from "./text-tokens.ts";
import type { LastUsage, RequestParts } from "./types.ts";

/** Anthropic's most for one image (docs, "Vision": about 1,600 at 1.15 megapixels); OpenAI's and Google's are near. */
const IMAGE_TOKENS = 1600;

/** Deeper values are taken for one text, so that no value can exhaust the stack. */
const MAX_DEPTH = 64;

/** Fields that frameworks keep in a message, and no provider is sent. */
const KEPT_BACK = new Set([
  "api",
  "details",
  "errorMessage",
  "model",
  "provider",
  "responseId",
  "stopReason",
  "timestamp",
  "usage",
]);

/** Names of fields with a provider's own sealed text, which is not counted by its length. */
const SEALED = /signature$|^encrypted/i;

/**
 * Estimates how many tokens a text, a message, a list of messages or of tools is: all texts, numbers and
 * names of fields, in any provider's form. An image is 1,600 tokens whatever its size. Other binary
 * data in base64 counts as text, which is mostly too much.
 *
 * @returns a whole number of at least 0; see `docs/fallback.md` for how near it comes
 * @throws FallbackOptionsError for a value that JSON cannot hold, such as one that holds itself
 */
export function estimateTokens(value: unknown): number {
  return valueTokens(value, 0);
}

/**
 * Estimates a whole request. With `lastUsage` only the messages after the last answer are estimated, and
 * added to what the provider counted.
 *
 * @throws FallbackOptionsError
 */
export function estimateRequestTokens(parts: RequestParts): number {
  const where = "estimateRequestTokens";
  const { refuse } = readOptions(where, parts, ["messages", "system", "tools", "lastUsage"]);
  const { messages, system, tools, lastUsage } = parts;
  if (!Array.isArray(messages)) throw refuse("messages", "messages must be a list");
  if (lastUsage === undefined) return estimateTokens([system, tools, messages]);
  const { totalTokens, messages: counted } = readUsage(lastUsage, messages.length);
  return totalTokens + estimateTokens(messages.slice(counted));
}

function readUsage(usage: LastUsage, length: number): LastUsage {
  const reader = readOptions("lastUsage", usage, ["totalTokens", "messages"]);
  const whole = { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true };
  return {
    totalTokens: reader.number("totalTokens", whole),
    messages: reader.number("messages", { ...whole, most: length }),
  };
}

function valueTokens(value: unknown, depth: number): number {
  if (typeof value === "string") return value.startsWith("data:image/") ? IMAGE_TOKENS : textTokens(value);
  if (typeof value === "number" || typeof value === "bigint") return textTokens(String(value));
  if (typeof value === "boolean" || value === null) return 1;
  if (ArrayBuffer.isView(value)) return IMAGE_TOKENS;
  if (depth >= MAX_DEPTH) return textTokens(toJson(value));
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + valueTokens(item, depth + 1), 0);
  return isObject(value) ? objectTokens(value, depth) : 0;
}

function objectTokens(value: Record<string, unknown>, depth: number): number {
  if (isImage(value)) return IMAGE_TOKENS;
  const isMessage = typeof value.role === "string";
  let tokens = 0;
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined || SEALED.test(name) || (isMessage && KEPT_BACK.has(name))) continue;
    tokens += textTokens(name) + 1 + valueTokens(field, depth + 1);
  }
  return tokens;
}

/** Whether it is a block that shows an image, in the form of any provider. */
function isImage({ type, mimeType, mime_type, media_type }: Record<string, unknown>): boolean {
  if (typeof type === "string" && /^(input_)?image(_url)?$/.test(type)) return true;
  return [mimeType, mime_type, media_type].some(
    (mime) => typeof mime === "string" && mime.startsWith("image/"),
  );
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch (error) {
    throw new FallbackOptionsError("value", "estimateTokens: the value cannot be written as JSON", error);
  }
}
