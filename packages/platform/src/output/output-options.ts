import type { JsonObject } from "@cloison/sessions";
import { InvalidOptionError } from "../errors/option-errors.ts";
import type { OptionReader } from "../options/option-reader.ts";
import { optionalSchema } from "../options/schema.ts";
import { compileSchema } from "../tools/compile-schema.ts";

/** What a run is to give as its output. */
export interface OutputRequest {
  readonly schema: JsonObject;
  /** How often the model may fail to give it and is asked again. */
  readonly retries: number;
}

const DEFAULT_RETRIES = 2;

/** Reads the options `schema` and `outputRetries`. */
export function optionalOutput(options: OptionReader): OutputRequest | undefined {
  const schema = optionalSchema(options, "schema");
  const retries = options.optionalWhole("outputRetries", { least: 0, most: 10 });
  if (schema === undefined) {
    if (retries === undefined) return undefined;
    throw options.refuse("outputRetries", "is of no use without schema");
  }
  return { schema, retries: retries ?? DEFAULT_RETRIES };
}

/**
 * The last check of what {@link optionalOutput} read, apart because it loads the code for schemas.
 *
 * @throws InvalidOptionError
 */
export async function requireUsableOutput(output: OutputRequest | undefined): Promise<void> {
  if (output === undefined) return;
  const compiled = await compileSchema(output.schema);
  if ("check" in compiled) return;
  throw new InvalidOptionError("schema", `run: schema cannot be used: ${compiled.refused}`);
}
