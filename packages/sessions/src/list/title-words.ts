/** Searching and sorting look at so many characters of a title. */
const KEY_CHARS = 1000;

/**
 * A title as it is compared: without regard to case and to how Unicode writes the same character (NFKC). The
 * final sigma is a sigma, for what is final in a word searched for need not be so in the title.
 */
export function titleKey(title: string | undefined): string {
  if (title === undefined) return "";
  // SQLite takes a NUL in a text for its end in some places, and only there.
  const folded = title.normalize("NFKC").toLowerCase().replaceAll("ς", "σ").replaceAll("\0", " ");
  return folded.slice(0, KEY_CHARS).toWellFormed();
}

/** What is searched for: words between white space, as they are compared. */
export function titleWords(text: string): string[] {
  return [...new Set(titleKey(text).split(/\s+/u))].filter((word) => word !== "");
}
