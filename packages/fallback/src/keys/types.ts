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
