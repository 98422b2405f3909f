import { keyVariable } from "@cloison/fallback";
import type { Provider } from "@earendil-works/pi-ai";
import { builtinProviders, ownKeyVariables } from "./builtin-providers.ts";

/** A provider whose address and models are known, and which one API key opens. */
export interface KnownProvider {
  load(): Promise<Pick<Provider, "getModels" | "streamSimple">>;
}

/** @returns undefined for a name that is not in the table, such as `constructor` */
export function findProvider(name: string): KnownProvider | undefined {
  const load = Object.hasOwn(builtinProviders, name) ? builtinProviders[name] : undefined;
  return load === undefined ? undefined : { load };
}

/** Names of the built-in providers, sorted. */
export function providerNames(): string[] {
  return Object.keys(builtinProviders).sort();
}

/** Environment variables that may hold a provider's key, the preferred one first. */
export function keyVariables(provider: string): [string, ...string[]] {
  const usual = keyVariable(provider);
  const own = Object.hasOwn(ownKeyVariables, provider) ? ownKeyVariables[provider] : undefined;
  return own === undefined ? [usual] : [own, usual];
}
