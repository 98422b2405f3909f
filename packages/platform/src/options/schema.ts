import type { JsonObject } from "@cloison/sessions";
import type { OptionReader } from "./option-reader.ts";

const MOST_BYTES = 64 * 1024;

/**
 * Reads an option that holds a JSON Schema, of at most 64 KiB as JSON. It is copied: what happens to the caller's
 * object later is of no matter. Whether it can be used, `compileSchema` says.
 */
export function optionalSchema(options: OptionReader, name: string): JsonObject | undefined {
  const given = options.optionalObject(name);
  if (given === undefined) return undefined;
  let json: string;
  try {
    json = JSON.stringify(given);
  } catch {
    throw options.refuse(name, "must be a JSON Schema, but is no JSON");
  }
  if (Buffer.byteLength(json) > MOST_BYTES) throw options.refuse(name, "is longer than 64 KiB");
  return JSON.parse(json);
}
