import type { NewEntry, SessionEntry } from "../entries.ts";

const TYPE = "cloison.tool_result_limit";

/** How much the model sees of tool results. */
export interface ResultLimit {
  /** Of each text, in characters. */
  readonly maxChars: number;
  /** The first entry that it does not hold for; undefined: it holds for all before the limit itself. */
  readonly beforeId?: string | undefined;
}

/**
 * An entry that says: of each text of a tool result before it, or before an entry that it names, the model
 * sees at most this many characters. The transcript keeps all of them. Other programs skip it.
 */
export function resultLimitEntry({ maxChars, beforeId }: ResultLimit): NewEntry {
  const before = beforeId === undefined ? {} : { beforeId };
  return { type: "custom", customType: TYPE, data: { maxChars, ...before } };
}

/** The limit that an entry sets, if it is such an entry. */
export function resultLimitIn(entry: SessionEntry): ResultLimit | undefined {
  if (entry.type !== "custom" || entry.customType !== TYPE) return undefined;
  const { data } = entry;
  if (typeof data !== "object" || data === null || !("maxChars" in data)) return undefined;
  const { maxChars } = data;
  if (typeof maxChars !== "number" || !Number.isInteger(maxChars) || maxChars <= 0) return undefined;
  const beforeId = "beforeId" in data && typeof data.beforeId === "string" ? data.beforeId : undefined;
  return { maxChars, beforeId };
}
