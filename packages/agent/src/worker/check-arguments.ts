import type { ArgumentsOf, ParametersSchema, PropertySchema } from "../json-schema.ts";
import { ToolError } from "./errors.ts";

const booleans = new Map<unknown, boolean>([
  ["true", true],
  ["false", false],
]);

/** Models write `"5"` for 5 and `"true"` for true often enough that refusing them only costs a turn. */
function coerce(value: unknown, type: PropertySchema["type"]): unknown {
  if (typeof value !== "string") return value;
  if (type === "boolean") return booleans.get(value) ?? value;
  if (type === "integer" && /^-?\d{1,15}$/.test(value)) return Number(value);
  return value;
}

function complaint(value: unknown, schema: PropertySchema): string | undefined {
  if (schema.type !== "integer") {
    return typeof value === schema.type ? undefined : `must be a ${schema.type}`;
  }
  if (typeof value !== "number" || !Number.isInteger(value)) return "must be a whole number";
  if (value < schema.minimum) return `must be at least ${schema.minimum}`;
  return value > schema.maximum ? `must be at most ${schema.maximum}` : undefined;
}

function describe(tool: string, complaints: readonly string[], schema: ParametersSchema): string {
  const names = Object.keys(schema.properties).map((name) =>
    schema.required.includes(name) ? name : `${name}?`,
  );
  return `The arguments of ${tool} are not valid: ${complaints.join("; ")}. It takes {${names.join(", ")}}.`;
}

/**
 * Parses what a model passed to a tool: every declared argument of its type and in range, the required ones
 * there. Undeclared arguments are dropped (models add some, such as a description), and so is null for an
 * optional one. Throws {@link ToolError} with every complaint.
 */
export function checkArguments<S extends ParametersSchema>(
  tool: string,
  schema: S,
  given: unknown,
): ArgumentsOf<S> {
  const input = typeof given === "object" && given !== null ? given : {};
  const complaints: string[] = [];
  const checked: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema.properties)) {
    const raw = Object.getOwnPropertyDescriptor(input, name)?.value as unknown;
    if (raw === undefined || raw === null) {
      if (schema.required.includes(name)) complaints.push(`${name} is missing`);
      continue;
    }
    const value = coerce(raw, property.type);
    const wrong = complaint(value, property);
    if (wrong !== undefined) complaints.push(`${name} ${wrong}`);
    checked[name] = value;
  }
  if (complaints.length > 0) throw new ToolError(describe(tool, complaints, schema));
  // The loop above is the proof; TypeScript cannot follow it through the schema.
  return checked as ArgumentsOf<S>;
}
