/** Hands out the keys of providers: the session's own first, then the one that was not used for longest. */
export interface KeyRing {
  /**
   * All keys of a provider in the order in which to try them; empty where there is none.
   * Takes no note: that is for `used`.
   */
  order(provider: string, sessionId?: string): readonly string[] | Promise<readonly string[]>;
  /** The key is being used; a session that has none yet, or whose own has failed, keeps to this one. */
  used(provider: string, key: string, sessionId?: string): void;
}

/** Gives the keys of a provider, the preferred one first; an empty list where it has none. */
export type KeySource = (provider: string) => readonly string[] | Promise<readonly string[]>;

/** Keys by provider: one, or several with the preferred one first. */
export type KeyRecord = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Environment variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * When keys were used, and which one a session keeps to. Rings that share it, such as one for each run,
 * go on where the last one stopped. It holds hashes of keys and not the keys.
 */
export interface KeyUses {
  /** The key's number in the order of uses, 0 where it was not used. */
  lastUse(provider: string, keyId: string): number;
  /** The id of the key that the session keeps to. */
  sessionKey(provider: string, sessionId: string): string | undefined;
  record(provider: string, keyId: string, sessionId: string | undefined): void;
}

/** Where a ring finds its keys. The first of these that has any for a provider gives all of them. */
export interface KeyRingOptions {
  /** Stronger than all sources. */
  readonly keys?: KeyRecord | undefined;
  /** In order of strength. Asked each time; what one throws is thrown, and no weaker one is asked. */
  readonly sources?: readonly KeySource[] | undefined;
  /** Read as `keysFromEnv` does, as it is now; the weakest. Default: none, not even `process.env`. */
  readonly env?: Environment | undefined;
  /** Variables besides `<PROVIDER>_API_KEY`, by provider, preferred to it: `{ google: ["GEMINI_API_KEY"] }`. */
  readonly variables?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Default: new ones. */
  readonly uses?: KeyUses | undefined;
}
