import { parseJsonWithRepair } from "@earendil-works/pi-ai/utils/json-parse";
import { ArgumentText } from "./argument-bounds.ts";
import { type Fields, isFields } from "./argument-delta.ts";

const LINE_END = /\r\n|\r|\n/;
const DATA = /^data(?:: ?|$)/;

/**
 * What is too much in a whole event of a streamed answer, which a client is going to parse at one go. No event brings a piece
 * that begins in the middle of arguments and is so long that it has to be looked at.
 */
export function excessOfEvent(event: string): string | undefined {
  const waiting: unknown[] = [jsonOf(event)];
  while (waiting.length > 0) {
    const value = waiting.pop();
    const excess = isFields(value) ? excessOfFields(value) : undefined;
    if (excess !== undefined) return excess;
    const members: readonly unknown[] = Array.isArray(value)
      ? value
      : isFields(value)
        ? Object.values(value)
        : [];
    for (const member of members) if (typeof member === "object") waiting.push(member);
  }
  return undefined;
}

function excessOfFields(fields: Fields): string | undefined {
  const { arguments: whole, partial_json: piece, delta, type } = fields;
  const given = [whole, piece, type === "response.function_call_arguments.delta" ? delta : undefined];
  return given.map((text) => (typeof text === "string" ? excessOfText(text) : undefined)).find(Boolean);
}

function excessOfText(given: string): string | undefined {
  const text = new ArgumentText();
  text.add(given);
  return text.excess;
}

/** As clients read it; undefined for what none of them can read. */
function jsonOf(event: string): unknown {
  const lines = event.split(LINE_END).filter((line) => DATA.test(line));
  try {
    return parseJsonWithRepair(lines.map((line) => line.replace(DATA, "")).join("\n"));
  } catch {
    return undefined;
  }
}
