import type { OptionReader } from "./option-reader.ts";

/** API keys by provider name. */
export type ApiKeys = Readonly<Record<string, string>>;

/** Characters that an HTTP header can carry; a newline, above all, is mostly a careless copy. */
const HEADER_TEXT = /^[\x21-\x7e]+$/;

/** Reads the option `apiKeys`. No message shows a key. */
export function optionalApiKeys(options: OptionReader): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const [provider, key] of Object.entries(options.optionalObject("apiKeys") ?? {})) {
    if (key === undefined) continue;
    if (typeof key !== "string" || !isKey(key)) {
      throw options.refuse(
        "apiKeys",
        `: the key of "${provider}" must be a text of visible ASCII characters`,
      );
    }
    keys.set(provider, key);
  }
  return keys;
}

/** Whether a text can be a key: one that can be sent at all. */
export function isKey(text: string): boolean {
  return HEADER_TEXT.test(text);
}
