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
  const spelling = spellingsOf(secret);
  const text = (value: string) => value.replace(spelling, REDACTED);
  return {
    text,
    json: (value) => redactDeep(value, text),
    cause: (error) => {
      const told = describeAll(error);
      return text(told) === told ? error : undefined;
    },
  };
}

/** The secret as it is, and as it stands in a URL, in JSON (some write `\\/`), and in JSON within JSON. */
function spellingsOf(secret: string): RegExp {
  const letters = [...secret].map((letter, index) => {
    if (/[A-Za-z0-9]/.test(letter)) return letter;
    const code = letter.charCodeAt(0).toString(16).padStart(2, "0");
    // Of a long run of backslashes only its beginning may begin a secret: else each of them would be tried.
    const start = index === 0 ? "(?<!\\\\)" : "";
    return `(?:${start}\\\\*\\x${code}|%${code}|%${code.toUpperCase()})`;
  });
  return new RegExp(letters.join(""), "g");
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
  const gathered: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  const beneath = [error.cause, ...gathered].map((each) => describeAll(each, depth + 1));
  return [error.message, error.stack, ...fields, ...beneath].join("\n");
}
