import { FallbackOptionsError } from "../errors.ts";
import { isObject } from "../read-options.ts";
import { isKey } from "./key-text.ts";
import type { Environment } from "./types.ts";

/** Highest number of a numbered variable that is read. */
const MAX_NUMBER = 100;

const USUAL_END = "_API_KEY";

/** What may stand between two keys of one variable. */
const SEPARATORS = /[\s,;]+/;

export interface EnvKeysOptions {
  /** Variables besides `<PROVIDER>_API_KEY`, preferred to it, such as `GEMINI_API_KEY` for `google`. */
  readonly variables?: readonly string[] | undefined;
}

/**
 * Finds the keys of a provider in environment variables. For `openai`, in this order: `OPENAI_API_KEY`;
 * `OPENAI_API_KEYS`, with keys separated by commas, semicolons or white space; `OPENAI_API_KEY_1` to
 * `…_100`, and `OPENAI_KEY_1` to `…_100`, by number, with gaps. A name is in capitals with `_` for all that
 * is neither letter nor digit. A key that is there twice counts once. Blanks, and texts that no HTTP
 * header can carry, are passed over.
 *
 * With `variables`, each of them is read in all these forms first, and the first that gives keys gives all.
 *
 * @throws FallbackOptionsError where `env` is no object
 */
export function keysFromEnv(
  provider: string,
  env: Environment,
  { variables = [] }: EnvKeysOptions = {},
): readonly string[] {
  if (!isObject(env))
    throw new FallbackOptionsError("env", "keysFromEnv: env must be an object, such as process.env");
  for (const variable of [...variables, keyVariable(provider)]) {
    const keys = keysOf(variable, env);
    if (keys.length > 0) return keys;
  }
  return [];
}

/** The variable that usually holds a provider's key. */
export function keyVariable(provider: string): string {
  return `${provider.toUpperCase().replace(/[^A-Z0-9]/g, "_")}${USUAL_END}`;
}

function keysOf(variable: string, env: Environment): readonly string[] {
  const stems = [`${variable}_`];
  if (variable.endsWith(USUAL_END)) stems.push(`${variable.slice(0, -USUAL_END.length)}_KEY_`);
  const texts = [
    env[variable],
    ...(env[`${variable}S`] ?? "").split(SEPARATORS),
    ...stems.flatMap((stem) => numberedTexts(stem, env)),
  ];
  const keys = texts.map((text) => text?.trim() ?? "").filter(isKey);
  return [...new Set(keys)];
}

function numberedTexts(stem: string, env: Environment): (string | undefined)[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(stem) && /^[1-9]\d{0,2}$/.test(name.slice(stem.length)))
    .map((name) => ({ text: env[name], number: Number(name.slice(stem.length)) }))
    .filter(({ number }) => number <= MAX_NUMBER)
    .sort((a, b) => a.number - b.number)
    .map(({ text }) => text);
}
