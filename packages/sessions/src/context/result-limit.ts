import type { NewEntry, SessionEntry } from "../entries.ts";

const TYPE = "cloison.tool_result_limit";

/**
 * An entry that says: of each text of a tool result before it the model sees at most this many
 * characters. The transcript keeps all of them. Other programs skip it.
 */
export function resultLimitEntry(maxChars: number): NewEntry {
  return { type: "custom", customType: TYPE, data: { maxChars } };
}

/** The limit that an entry sets, if it is such an entry. */
export function resultLimitIn(entry: SessionEntry): number | undefined {
  if (entry.type !== "custom" || entry.customType !== TYPE) return undefined;
  const { data } = entry;
  if (typeof data !== "object" || data === null || !("maxChars" in data)) return undefined;
  const { maxChars } = data;
  return typeof maxChars === "number" && Number.isInteger(maxChars) && maxChars > 0 ? maxChars : undefined;
}
