import { createHash } from "node:crypto";
import type { Candidate } from "../chain/types.ts";
import { keyId } from "../keys/key-text.ts";

/** Under which names the cooldowns of one candidate with one key are kept. */
export interface CooldownIds {
  /** What is wrong with this model, asked with this key. */
  readonly model: string;
  /** What is wrong with the key, or with the whole provider as seen with it. */
  readonly wide: string;
}

/** Where a candidate is served. An endpoint is told by its hash: a URL may hold a password. */
export function placeOf({ provider, endpoint }: Candidate): string {
  if (endpoint === undefined) return encodeURIComponent(provider);
  const hash = createHash("sha256").update(`cloison endpoint ${endpoint}`).digest("hex").slice(0, 16);
  return `${encodeURIComponent(provider)}@${hash}`;
}

/** Always with the key's hash: one tenant's key must never cool another's. */
export function cooldownIds(place: string, model: string, key: string | undefined): CooldownIds {
  const hash = key === undefined ? "-" : keyId(key);
  return { model: `${place}|${hash}|${encodeURIComponent(model)}|`, wide: `${place}|${hash}|*` };
}
