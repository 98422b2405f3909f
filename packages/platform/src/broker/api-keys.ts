import { createKeyRing, type KeyRing, type KeyUses, keysFromEnv } from "@cloison/fallback";
import { MissingApiKeyError } from "../errors/model-errors.ts";
import type { KeyLists } from "../options/api-keys.ts";
import { keyVariables } from "./providers.ts";

/** Where keys are looked for, the strongest first; then the environment. */
export interface KeySources {
  readonly given: readonly KeyLists[];
  /** The host's environment as it was when the platform was made. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** All keys of a provider from the strongest place that has any, the preferred one first. */
function keysOf(provider: string, { given, env }: KeySources): readonly string[] {
  for (const lists of given) {
    const keys = lists.get(provider);
    if (keys !== undefined) return keys;
  }
  return keysFromEnv(provider, env, { variables: keyVariables(provider) });
}

/** @throws MissingApiKeyError naming the first of these providers, where none of them has a key */
export function requireAnyKey(providers: readonly [string, ...string[]], sources: KeySources): void {
  if (providers.some((provider) => keysOf(provider, sources).length > 0)) return;
  throw missingKey(providers[0]);
}

export function missingKey(provider: string): MissingApiKeyError {
  return new MissingApiKeyError(provider, keyVariables(provider)[0]);
}

/** The keys of one run, in the order that all runs of the platform have used them. */
export function openKeyRing(sources: KeySources, uses: KeyUses): KeyRing {
  return createKeyRing({ sources: [(provider) => keysOf(provider, sources)], uses });
}
