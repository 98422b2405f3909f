import type { JsonObject } from "@cloison/sessions";
import type { Ajv, Options, ValidateFunction } from "ajv";
import { withinMoment } from "./within-moment.ts";

/** What is wrong with a value, in words for a model; undefined when it fits the schema. */
export type SchemaCheck = (value: unknown) => string | undefined;

/** A check, or why the schema cannot be used. */
export type CompiledSchema = { readonly check: SchemaCheck } | { readonly refused: string };

/** A host's schemas are few and come again with every run; compiling one costs milliseconds. */
const MOST_KEPT = 200;
const MOST_COMPLAINTS = 10;
/**
 * Members and characters of a value. Of a longer one the first thing that is wrong is enough: to list millions takes
 * gigabytes.
 */
const LONG_VALUE = 16 * 1024;
const DRAFT_07 = "http://json-schema.org/draft-07/schema";

/**
 * `strict: false`: keywords that JSON Schema does not know are notes, as its specification says; schemas that
 * other software made are full of them. `ownProperties`: what an object inherits is nothing that the model said.
 */
const OPTIONS = {
  strict: false,
  allErrors: true,
  ownProperties: true,
  validateFormats: false,
  logger: false,
} as const;

/** Keywords whose checks can take more time than grows with the value alone. */
const MAY_TAKE_LONG = /"(?:pattern|patternProperties|uniqueItems|\$ref|\$dynamicRef|\$recursiveRef)":/;

const compiled = new Map<string, CompiledSchema>();

/**
 * Makes the check of a JSON Schema: draft 2020-12, or draft-07 where `$schema` says so. References lead only to
 * places within the schema, and `format` is not checked. The code of ajv is loaded at the first call.
 */
export async function compileSchema(schema: JsonObject): Promise<CompiledSchema> {
  const key = JSON.stringify(schema);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const result = await compileAnew(schema);
  const [oldest] = compiled.keys();
  if (oldest !== undefined && compiled.size >= MOST_KEPT) compiled.delete(oldest);
  compiled.set(key, result);
  return result;
}

async function compileAnew(schema: JsonObject): Promise<CompiledSchema> {
  if ("$async" in schema) return { refused: "$async is not supported" };
  const dialect = await loadDialect(schema);
  try {
    const { judge } = dialect;
    if (!judge.validateSchema(schema)) {
      return { refused: judge.errorsText(judge.errors, { dataVar: "schema" }) };
    }
    const validate = dialect.create().compile(schema);
    const check = (value: unknown) => complaintOf(validate, value);
    const checkShort = MAY_TAKE_LONG.test(JSON.stringify(schema)) ? bounded(check) : check;
    let first: ValidateFunction | undefined;
    const checkLong = (value: unknown) => {
      first ??= dialect.create({ allErrors: false }).compile(schema);
      return bounded(complaintOf.bind(undefined, first))(value);
    };
    return { check: (value) => (isLong(value) ? checkLong(value) : checkShort(value)) };
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}

function isLong(value: unknown): boolean {
  const waiting = [value];
  for (let left = LONG_VALUE; waiting.length > 0; left -= 1) {
    const item = waiting.pop();
    if (typeof item === "string") left -= item.length;
    const members: readonly unknown[] =
      typeof item === "object" && item !== null ? (Array.isArray(item) ? item : Object.values(item)) : [];
    if (left < members.length) return true;
    waiting.push(...members);
  }
  return false;
}

/** The values come from a model, which may know the schema and choose what takes longest. */
function bounded(check: SchemaCheck): SchemaCheck {
  return (value) => {
    const done = withinMoment(() => check(value));
    return done === undefined ? "it takes too long to check; make it smaller or plainer" : done.value;
  };
}

type Core = Pick<Ajv, "compile" | "errors" | "errorsText" | "validateSchema">;

/** One draft of JSON Schema. */
interface Dialect {
  /** Says whether a schema is one. Made once: it compiles the schema of schemas, which takes longer than all others. */
  readonly judge: Core;
  /** Makes one for a single schema: in a place of their own, two schemas with one `$id` do not meet. */
  create(options?: Options): Core;
}

let draft07: Promise<Dialect> | undefined;
let draft2020: Promise<Dialect> | undefined;

function loadDialect({ $schema }: JsonObject): Promise<Dialect> {
  if (typeof $schema === "string" && $schema.startsWith(DRAFT_07)) {
    draft07 ??= import("ajv").then(({ Ajv }) => dialectOf(Ajv));
    return draft07;
  }
  draft2020 ??= import("ajv/dist/2020.js").then(({ Ajv2020 }) => dialectOf(Ajv2020));
  return draft2020;
}

function dialectOf(Implementation: new (options: Options) => Core): Dialect {
  return {
    judge: new Implementation(OPTIONS),
    create: (options) => new Implementation({ ...OPTIONS, meta: false, validateSchema: false, ...options }),
  };
}

function complaintOf(validate: ValidateFunction, value: unknown): string | undefined {
  try {
    if (validate(value)) return undefined;
  } catch (error) {
    // A schema that refers to itself is checked by recursion.
    if (error instanceof RangeError) return "it is nested too deep";
    throw error;
  }
  const complaints = (validate.errors ?? []).map(({ instancePath, message, keyword, params }) => {
    const where = instancePath === "" ? "it" : instancePath;
    return `${where} ${message ?? `breaks ${keyword}`}${detailOf(params)}`;
  });
  const told = complaints.slice(0, MOST_COMPLAINTS);
  if (complaints.length > told.length) told.push(`and ${complaints.length - told.length} more`);
  return told.join("; ") || "it does not fit";
}

/** What ajv's messages leave out. */
function detailOf(params: Readonly<Record<string, unknown>>): string {
  const { additionalProperty, allowedValues, allowedValue } = params;
  const detail = additionalProperty ?? allowedValues ?? allowedValue;
  return detail === undefined ? "" : `: ${JSON.stringify(detail)}`;
}
