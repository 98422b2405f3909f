import { FallbackOptionsError } from "../errors.ts";
import { isObject, type OptionReader, readOptions } from "../read-options.ts";
import { keysFromEnv } from "./env-keys.ts";
import { isKey, keyId } from "./key-text.ts";
import { createKeyUses } from "./key-uses.ts";
import type { Environment, KeyRing, KeyRingOptions, KeySource, KeyUses } from "./types.ts";

const KNOWN = ["keys", "sources", "env", "variables", "uses"] satisfies (keyof KeyRingOptions)[];

const NOT_SENDABLE = "must be a text of visible ASCII characters";

/**
 * Hands out keys: to a session the one that it used last, as providers cache prompts by key; else the one
 * that was not used for longest, and among those never used the one that its source names first.
 *
 * @throws FallbackOptionsError; `order` rejects with it where a source gives what cannot be a key, and
 * with what a source throws
 */
export function createKeyRing(options: KeyRingOptions = {}): KeyRing {
  const reader = readOptions("createKeyRing", options, KNOWN);
  const sources = readSources(reader, options);
  const uses = options.uses ?? createKeyUses();
  return {
    order: async (provider, sessionId) => {
      const keys = await keysOf(provider, sources);
      return keys.length < 2 ? keys : inOrderOfUse(keys, { provider, sessionId, uses });
    },
    used: (provider, key, sessionId) => uses.record(provider, keyId(key), sessionId),
  };
}

interface Asker {
  readonly provider: string;
  readonly sessionId: string | undefined;
  readonly uses: KeyUses;
}

function inOrderOfUse(keys: readonly string[], { provider, sessionId, uses }: Asker): readonly string[] {
  const own = sessionId === undefined ? undefined : uses.sessionKey(provider, sessionId);
  const rank = (id: string) => (id === own ? -1 : uses.lastUse(provider, id));
  return keys
    .map((key) => ({ key, rank: rank(keyId(key)) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ key }) => key);
}

/** The keys of the first source that has any. */
async function keysOf(provider: string, sources: readonly KeySource[]): Promise<readonly string[]> {
  for (const source of sources) {
    const keys: unknown = await source(provider);
    if (!isKeyList(keys)) {
      throw new FallbackOptionsError("sources", `a source's keys of "${provider}": each ${NOT_SENDABLE}`);
    }
    if (keys.length > 0) return [...new Set(keys)];
  }
  return [];
}

function isKeyList(keys: unknown): keys is readonly string[] {
  return Array.isArray(keys) && keys.every((key) => typeof key === "string" && isKey(key));
}

/** All sources, the strongest first. */
function readSources(reader: OptionReader, options: KeyRingOptions): readonly KeySource[] {
  const { sources = [], env } = options;
  if (!Array.isArray(sources) || sources.some((source) => typeof source !== "function")) {
    throw reader.refuse("sources", "sources must be a list of functions");
  }
  const record = readKeys(reader);
  const variables = readVariables(reader);
  const all = [(provider: string) => record.get(provider) ?? [], ...sources];
  if (env === undefined) return all;
  if (!isObject(env)) throw reader.refuse("env", "env must be an object");
  // A copy: a plain object is read far faster than process.env, and nobody changes it later.
  const copy: Environment = { ...env };
  return [...all, (provider) => keysFromEnv(provider, copy, { variables: variables.get(provider) })];
}

/** Reads `keys`. No message shows one. */
function readKeys(reader: OptionReader): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  for (const [provider, given] of entriesOf("keys", reader)) {
    const list = typeof given === "string" ? [given] : given;
    if (!isKeyList(list)) {
      throw reader.refuse("keys", `keys of "${provider}": each ${NOT_SENDABLE}; give one or a list`);
    }
    keys.set(provider, [...list]);
  }
  return keys;
}

function readVariables(reader: OptionReader): ReadonlyMap<string, readonly string[]> {
  const variables = new Map<string, readonly string[]>();
  for (const [provider, given] of entriesOf("variables", reader)) {
    if (!isKeyList(given))
      throw reader.refuse("variables", `variables of "${provider}" must be a list of names`);
    variables.set(provider, given);
  }
  return variables;
}

function entriesOf(name: string, reader: OptionReader): [string, unknown][] {
  const given = reader.given(name) ?? {};
  if (!isObject(given)) throw reader.refuse(name, `${name} must be an object by provider`);
  return Object.entries(given).filter(([, value]) => value !== undefined);
}
