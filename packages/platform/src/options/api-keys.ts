import { isKey } from "@cloison/fallback";
import type { OptionReader } from "./option-reader.ts";

/** API keys by provider name: one, or several to rotate, the preferred one first. Undefined: none is given. */
export type ApiKeys = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The same, checked. No list is empty. */
export type KeyLists = ReadonlyMap<string, readonly string[]>;

/** Reads the option `apiKeys`. No message shows a key. */
export function optionalApiKeys(options: OptionReader): KeyLists {
  const keys = new Map<string, readonly string[]>();
  for (const [provider, given] of Object.entries(options.optionalObject("apiKeys") ?? {})) {
    if (given === undefined) continue;
    const list: unknown = typeof given === "string" ? [given] : given;
    if (!isKeyList(list)) {
      throw options.refuse(
        "apiKeys",
        `: the key of "${provider}" must be a text of visible ASCII characters (no blank, no newline), or a list of such texts`,
      );
    }
    keys.set(provider, [...list]);
  }
  return keys;
}

function isKeyList(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((key) => typeof key === "string" && isKey(key))
  );
}
