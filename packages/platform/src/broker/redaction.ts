const REDACTED = "[redacted]";

/** A shorter text, such as the `none` that a local server is given for a key, is no secret, but a word. */
const SHORTEST_SECRET = 12;

/** Takes one secret out of what others say: providers and proxies do echo keys in their errors. */
export interface Redaction {
  text(text: string): string;
  /** A deep copy with every text redacted, names of properties too. */
  json<T>(value: T): T;
  /** The error, if neither it nor anything in it shows the secret. */
  cause(error: unknown): unknown;
}

export function createRedaction(secret: string): Redaction {
  if (secret.length < SHORTEST_SECRET)
    return { text: (text) => text, json: (value) => value, cause: (error) => error };
  const text = (value: string) => value.replaceAll(secret, REDACTED);
  return {
    text,
    json: (value) => redactDeep(value, text),
    cause: (error) => (describeAll(error).includes(secret) ? undefined : error),
  };
}

function redactDeep<T>(value: T, text: (value: string) => string): T;
function redactDeep(value: unknown, text: (value: string) => string): unknown {
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, text));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [text(name), redactDeep(item, text)]),
  );
}

/** All texts of an error and of the errors beneath it. */
function describeAll(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 8) return String(error);
  const fields = Object.values(error).filter((value) => typeof value === "string");
  return [error.message, error.stack, ...fields, describeAll(error.cause, depth + 1)].join("\n");
}
