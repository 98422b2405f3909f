import { createHash } from "node:crypto";

/** What an HTTP header can carry without a change; a newline, above all, is mostly a careless copy. */
const HEADER_TEXT = /^[\x21-\x7e]+$/;

/** A shorter text, such as the `none` that a local server is given, would be shown for a good part. */
const SHORTEST_SHOWN = 12;

/** Keeps the ids apart from plain hashes of keys, such as those that lists of leaked keys hold. */
const ID_PREFIX = "cloison key\0";

/** Whether a text can be a key: one that can be sent at all. */
export function isKey(text: string): boolean {
  return HEADER_TEXT.test(text);
}

/**
 * Names a key where it must not be seen, such as in a file of cooldowns: 16 hex digits of SHA-256
 * (FIPS 180-4). A key that can be guessed, such as `none`, can be guessed from its id too.
 */
export function keyId(key: string): string {
  return createHash("sha256").update(ID_PREFIX).update(key).digest("hex").slice(0, 16);
}

/** How a key may be shown: `…` and its last four characters, or `…` alone where it has fewer than 12. */
export function keyLabel(key: string): string {
  return key.length < SHORTEST_SHOWN ? "…" : `…${key.slice(-4)}`;
}
