import { isObject, type OptionReader } from "../read-options.ts";
import type { Candidate } from "./types.ts";

const FIELDS: readonly string[] = [
  "provider",
  "model",
  "endpoint",
  "contextWindow",
] satisfies (keyof Candidate)[];

const MAX_NAME_CHARS = 512;

/** @throws FallbackOptionsError */
export function readCandidates(reader: OptionReader): readonly Candidate[] {
  const given = reader.given("candidates");
  if (!Array.isArray(given) || given.length === 0) {
    throw reader.refuse("candidates", "candidates must be a list with at least one `provider/model`");
  }
  const candidates = given.map((one: unknown, index) => readCandidate(one, `candidates[${index}]`, reader));
  const names = candidates.map(({ provider, model, endpoint }) =>
    JSON.stringify([provider, model, endpoint ?? null]),
  );
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (twice === -1) return candidates;
  throw reader.refuse("candidates", `candidates[${twice}] is there already; name each model once`);
}

function readCandidate(given: unknown, where: string, reader: OptionReader): Candidate {
  const fields = typeof given === "string" ? splitName(given) : given;
  if (typeof fields === "string") {
    const told = JSON.stringify(fields.slice(0, MAX_NAME_CHARS));
    throw reader.refuse("candidates", `${where} is ${told}; write provider and model: "openai/gpt-5"`);
  }
  if (!isObject(fields)) {
    throw reader.refuse("candidates", `${where} must be a text such as "openai/gpt-5", or an object`);
  }
  const unknown = Object.keys(fields).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) {
    throw reader.refuse("candidates", `${where} has no field "${unknown}"; known are ${FIELDS.join(", ")}`);
  }
  const { provider, model, endpoint, contextWindow } = fields;
  if (!isName(provider) || !isName(model) || (endpoint !== undefined && !isName(endpoint))) {
    throw reader.refuse(
      "candidates",
      `${where}: provider, model and endpoint must be well-formed texts, not empty`,
    );
  }
  if (contextWindow !== undefined && !isTokens(contextWindow)) {
    throw reader.refuse("candidates", `${where}: contextWindow must be a whole number of at least 1`);
  }
  return Object.freeze({
    provider,
    model,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(contextWindow === undefined ? {} : { contextWindow }),
  });
}

/** The provider's name has no slash, the model's may. What is not of this form is given back as it is. */
function splitName(name: string): unknown {
  const slash = name.indexOf("/");
  const [provider, model] = [name.slice(0, Math.max(slash, 0)), name.slice(slash + 1)];
  return provider.trim() === "" || model.trim() === "" ? name : { provider, model };
}

function isName(value: unknown): value is string {
  if (typeof value !== "string" || value.trim() === "" || value.length > MAX_NAME_CHARS) return false;
  // Half of a surrogate pair can stand in no URL, no header and no id of a cooldown.
  return value.isWellFormed();
}

function isTokens(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
}
