import { type FallbackModel, type ModelChoice, parseModelName } from "../broker/model-choice.ts";
import { optionalBaseUrl } from "./base-url.ts";
import { type OptionReader, readOptions } from "./option-reader.ts";

/** More would be a list of models and not of fallbacks; a chain makes 32 attempts at most. */
const MOST = 16;

/** Reads provider, model, base URL and fallbacks of a level. */
export function readModelChoice(options: OptionReader): ModelChoice {
  return {
    provider: options.optionalText("provider"),
    model: options.optionalText("model"),
    baseUrl: optionalBaseUrl(options),
    fallbacks: optionalFallbacks(options),
  };
}

/** Reads the option `fallbacks`: texts `provider/model`, or objects that may name a base URL. */
function optionalFallbacks(options: OptionReader): readonly FallbackModel[] | undefined {
  const list = options.optionalList("fallbacks");
  if (list === undefined) return undefined;
  if (list.length > MOST) throw options.refuse("fallbacks", `must hold at most ${MOST} models`);
  return list.map((given, index) => {
    if (typeof given === "string") return parseModelName(given);
    const where = `fallbacks[${index}]`;
    if (typeof given !== "object")
      throw options.refuse(where, 'must be a text such as "openai/gpt-4o", or { provider, model, baseUrl }');
    const fallback = readOptions(`the option ${where}`, given, ["provider", "model", "baseUrl"]);
    const baseUrl = optionalBaseUrl(fallback);
    const named = { provider: fallback.text("provider"), model: fallback.text("model") };
    return baseUrl === undefined ? named : { ...named, baseUrl };
  });
}
