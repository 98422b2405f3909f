/** The parsed JSON, or the text itself when it is none: models do write broken JSON, and what was made of it
 * must stay visible. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
