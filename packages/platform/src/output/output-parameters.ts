import type { JsonObject, JsonValue } from "@cloison/sessions";

/** Holds what is no object, since the input of a tool is one. */
const FIELD = "output";

/** How an output is the input of a tool. */
export interface OutputParameters {
  /** JSON Schema of the tool's input. */
  readonly parameters: JsonObject;
  outputOf(input: JsonObject): JsonValue;
}

/** A schema of objects is the tool's own; any other is that of the only field of its input. */
export function outputParameters(schema: JsonObject): OutputParameters {
  if (schema.type === "object") return { parameters: schema, outputOf: (input) => input };
  const { $schema, ...rest } = schema;
  const parameters: JsonObject = {
    ...($schema === undefined ? {} : { $schema }),
    type: "object",
    // A schema with an id is the root of its references wherever it stands.
    properties: { [FIELD]: "$id" in rest ? rest : rerooted(rest) },
    required: [FIELD],
    additionalProperties: false,
  };
  return { parameters, outputOf: (input) => input[FIELD] ?? null };
}

/** Values, in which a `$ref` is no reference. */
const VALUES = new Set(["const", "enum", "default", "examples"]);

/** Its references to its own root lead to where it stands now. */
function rerooted(schema: JsonObject): JsonObject {
  const moved = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(moved);
    return isObject(value) ? rerooted(value) : value;
  };
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) => {
      if (VALUES.has(name)) return [name, value];
      const isOwn = name === "$ref" && typeof value === "string" && /^#(\/|$)/.test(value);
      return [name, isOwn ? `#/properties/${FIELD}${value.slice(1)}` : moved(value)];
    }),
  );
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
