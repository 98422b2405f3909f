const NONE = "an error that cannot be put into words";

/**
 * The message of what was thrown. Anything can be thrown, also what throws when it is looked at: a failure that is
 * told of must not become another one.
 *
 * @throws nothing
 */
export function wordsOf(thrown: unknown): string {
  return spoken(thrown, (error) => error.message);
}

/** The same with where it was thrown, as far as it says so. @throws nothing */
export function stackOf(thrown: unknown): string {
  return spoken(thrown, (error) => error.stack ?? error.message);
}

function spoken(thrown: unknown, words: (error: Error) => string): string {
  try {
    return String(thrown instanceof Error ? words(thrown) : thrown);
  } catch {
    return NONE;
  }
}
