import { MAX_TEXT } from "./envelope.ts";
import type { ErrorInput } from "./types.ts";

/** How many errors are looked at: the thrown one, its causes and what it gathers. */
const MAX_ERRORS = 8;

/**
 * What can be told of anything that was thrown: an `Error` with its causes, such as the code behind undici's
 * `fetch failed`; the errors of the OpenAI, Anthropic, Google, AWS and Vercel SDKs and of axios, by what they hold
 * (`status`, `statusCode`, `code`, `headers`, `body`, `error`, `response`, `$metadata`, …); an `HttpStatusError`; a
 * `Response`; pi-ai's message of a failed answer (`errorMessage`); text. Never throws.
 */
export function errorInputOf(error: unknown): ErrorInput {
  const errors = chainOf(error);
  const messages = errors.map(messageOf).filter((message) => message !== undefined);
  const message = [...new Set(messages)].join("\n").slice(0, MAX_TEXT);
  const status = firstOf(errors, statusOf);
  const code = firstOf(errors, codeOf) ?? firstOf(errors, nameOf);
  const headers = firstOf(errors, headersOf);
  const body = firstOf(errors, bodyOf);
  const provider = firstOf(errors, (each) => textOf(read(each, "provider")));
  return {
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code }),
    ...(message !== "" && { message }),
    ...(headers !== undefined && { headers }),
    ...(body !== undefined && { body }),
    ...(provider !== undefined && { provider }),
  };
}

/** The error, then what it says it comes from, outermost first; a cycle ends by the number. */
function chainOf(error: unknown): readonly unknown[] {
  const found: unknown[] = [];
  const visit = (each: unknown) => {
    if (each === undefined || each === null || found.length >= MAX_ERRORS || found.includes(each)) return;
    found.push(each);
    visit(read(each, "lastError"));
    visit(read(each, "cause"));
    const gathered = read(each, "errors");
    if (each instanceof AggregateError && Array.isArray(gathered)) for (const one of gathered) visit(one);
  };
  visit(error);
  return found;
}

/** A property of anything; getters of foreign objects may throw, and then there is nothing. */
function read(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  try {
    return Reflect.get(value, name);
  } catch {
    return undefined;
  }
}

function firstOf<T>(errors: readonly unknown[], get: (error: unknown) => T | undefined): T | undefined {
  for (const error of errors) {
    const found = get(error);
    if (found !== undefined) return found;
  }
  return undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function messageOf(error: unknown): string | undefined {
  return (
    textOf(error) ??
    textOf(read(error, "errorMessage")) ??
    textOf(read(error, "message")) ??
    textOf(read(error, "statusText"))
  );
}

function statusOf(error: unknown): number | undefined {
  const response = read(error, "response") ?? read(error, "$response");
  const metadata = read(error, "$metadata");
  return [
    read(error, "status"),
    read(error, "statusCode"),
    read(metadata, "httpStatusCode"),
    read(response, "status"),
    read(response, "statusCode"),
  ].find((each): each is number => typeof each === "number" && each >= 100 && each < 600);
}

/** Numbers are left out: a `DOMException` has one that means nothing else than its name. So are our own codes. */
function codeOf(error: unknown): string | undefined {
  const codes = [
    read(error, "code"),
    read(read(error, "error"), "code"),
    read(error, "type"),
    read(error, "errno"),
  ];
  return codes.map(textOf).find((code) => code !== undefined && !code.startsWith("FALLBACK_"));
}

/** AWS puts what happened into the name; names that say no more than that it is an error are left out. */
function nameOf(error: unknown): string | undefined {
  const name = textOf(read(error, "name"));
  return name !== undefined &&
    /^(?:AbortError|TimeoutError|\w+Exception|\w*(?:Connection|Timeout|RateLimit)\w*Error)$/.test(name)
    ? name
    : undefined;
}

function headersOf(error: unknown): Record<string, string> | undefined {
  const response = read(error, "response") ?? read(error, "$response");
  const headers = read(error, "headers") ?? read(error, "responseHeaders") ?? read(response, "headers");
  return typeof headers === "object" && headers !== null ? plainHeaders(headers) : undefined;
}

/** `Headers` of any library, or an object of texts, numbers and lists of texts. */
function plainHeaders(headers: object): Record<string, string> {
  const plain: Record<string, string> = Object.create(null);
  const put = (value: unknown, name: unknown) => {
    if (typeof name === "string" && /^(?:string|number)$/.test(typeof value))
      plain[name.toLowerCase()] = String(value);
    else if (typeof name === "string" && Array.isArray(value)) put(value[0], name);
  };
  try {
    if (headers instanceof Headers || headers instanceof Map) headers.forEach(put);
    else for (const [name, value] of Object.entries(headers).slice(0, 200)) put(value, name);
  } catch {
    return plain; // what could be read
  }
  return plain;
}

/** As text or parsed; a stream that nobody has read holds nothing. */
function bodyOf(error: unknown): unknown {
  const response = read(error, "response") ?? read(error, "$response");
  return [
    read(error, "body"),
    read(error, "responseBody"),
    read(error, "error"),
    read(response, "data"),
    read(response, "body"),
    read(error, "data"),
  ].find((each) => textOf(each) !== undefined || isPlain(each));
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return Array.isArray(value);
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return (prototype === Object.prototype || prototype === null) && Object.keys(value).length > 0;
  } catch {
    return false;
  }
}
