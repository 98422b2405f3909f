import { MissingApiKeyError } from "../errors/model-errors.ts";
import { isKey } from "../options/api-keys.ts";
import { keyVariables } from "./providers.ts";

/** Where keys are looked for, the strongest first; then the environment. */
export interface KeySources {
  readonly given: readonly ReadonlyMap<string, string>[];
  /** The host's environment as it was when the platform was made. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** @throws MissingApiKeyError */
export function requireApiKey(provider: string, { given, env }: KeySources): string {
  for (const keys of given) {
    const key = keys.get(provider);
    if (key !== undefined) return key;
  }
  const variables = keyVariables(provider);
  for (const variable of variables) {
    const key = env[variable]?.trim();
    if (key !== undefined && isKey(key)) return key;
  }
  throw new MissingApiKeyError(provider, variables[0]);
}
