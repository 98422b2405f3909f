import type { ErrorInput } from "../classify/types.ts";
import { isObject } from "../read-options.ts";

/** Deeper causes say nothing that matters; the number also ends a chain of causes that is a circle. */
const MAX_CAUSES = 5;

/** Where clients keep what a provider has answered: our README, the SDKs of OpenAI, Anthropic and Vercel, axios, ky. */
const FIELDS = {
  status: ["status", "statusCode"],
  code: ["code"],
  headers: ["headers", "responseHeaders"],
  body: ["body", "responseBody", "error", "data"],
} as const;

/**
 * All that an error of a task tells, whichever client made it: its own fields, else those of the response
 * that it carries, else those of its causes, such as the `ECONNREFUSED` beneath `fetch failed`.
 */
export function errorInput(error: unknown, provider: string): ErrorInput {
  const errors = withCauses(error);
  const holders = errors.flatMap((each) => (isObject(each.response) ? [each, each.response] : [each]));
  const find = (name: keyof typeof FIELDS) => {
    const values = holders.flatMap((holder) => FIELDS[name].map((field) => holder[field]));
    return values.filter((value) => value !== undefined && value !== null);
  };
  const messages = errors.map(({ message }) => message).filter((message) => typeof message === "string");
  return {
    provider,
    status: find("status").find((value) => typeof value === "number"),
    code: find("code").find((value) => typeof value === "string" || typeof value === "number"),
    headers: find("headers")
      .map(readHeaders)
      .find((headers) => headers !== undefined),
    // A stream that nobody has read tells nothing.
    body: find("body").find((value) => typeof value === "string" || isPlain(value)),
    message: typeof error === "string" ? error : [...new Set(messages)].join(": "),
  };
}

function withCauses(error: unknown): readonly Record<string, unknown>[] {
  const errors: Record<string, unknown>[] = [];
  for (let next = error; isObject(next) && errors.length <= MAX_CAUSES; next = next.cause) errors.push(next);
  return errors;
}

/** Headers in whatever class a client keeps them. */
function readHeaders(value: unknown): ErrorInput["headers"] {
  if (value instanceof Headers) return value;
  if (!isObject(value)) return undefined;
  const texts = Object.entries(value).filter((entry) => typeof entry[1] === "string");
  return Object.fromEntries(texts.map(([name, text]) => [name, String(text)]));
}

function isPlain(value: unknown): boolean {
  return isObject(value) && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}
