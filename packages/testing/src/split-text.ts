/** Cuts text into pieces of `size` code points; never inside a surrogate pair, as no provider does that. */
export function splitText(text: string, size: number): string[] {
  const pieces: string[] = [];
  let piece = "";
  let count = 0;
  for (const character of text) {
    piece += character;
    count += 1;
    if (count === size) {
      pieces.push(piece);
      piece = "";
      count = 0;
    }
  }
  if (piece !== "") pieces.push(piece);
  return pieces;
}
