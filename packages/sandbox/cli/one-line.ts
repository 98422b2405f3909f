/** Text of a sandbox or the kernel on one line, without what could move the cursor or hide what was printed. */
export function onOneLine(text: string, width = Number.POSITIVE_INFINITY): string {
  const characters = [...text.trim().replace(/[\p{Cc}\p{Bidi_Control}]+/gu, " ")];
  return characters.length <= width
    ? characters.join("")
    : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}
