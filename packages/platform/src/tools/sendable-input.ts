import type { JsonObject, JsonValue } from "@cloison/sessions";

/** Bytes as JSON. Eight such calls at once fit into one frame of the sandbox's channel, which takes 4 MiB. */
const MOST_BYTES = 500_000;

/** The channel takes 48 levels, with the frame around the input. Hooks may give a call deeper ones. */
const MOST_LEVELS = 40;

/**
 * What of a call's input is too much for the way into the sandbox, for the model; undefined when it can be sent. A
 * call that cannot be must not be the end of the run.
 */
export function sendComplaint(toolName: string, input: JsonObject): string | undefined {
  if (!isFlat(input, MOST_LEVELS)) return `The arguments of ${toolName} are nested too deep.`;
  const bytes = Buffer.byteLength(JSON.stringify(input));
  if (bytes <= MOST_BYTES) return undefined;
  return `The arguments of ${toolName} have ${bytes} bytes, over ${MOST_BYTES}; do it in several calls.`;
}

function isFlat(value: JsonValue, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => isFlat(member, levels - 1));
}
