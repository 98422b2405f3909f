/** What one call's arguments may come to. The sandbox takes half of this. */
const MOST_CHARS = 8 * 1024 * 1024;

/** pi-ai's clients parse some 50 million characters a second, and at each piece all that there is of the arguments. */
const MOST_PARSED_CHARS = 256 * 1024 * 1024;

/** A piece of a tool call's arguments, as pi-ai's clients tell it. */
export interface ArgumentPiece {
  readonly contentIndex: number;
  readonly delta: string;
}

/**
 * Watches what clients have to parse of the arguments of one answer: a server that sends them in small pieces, in a form in
 * which they are not put together, would keep the host busy for hours.
 *
 * @returns told each piece, says what is too much
 */
export function argumentBounds(): (piece: ArgumentPiece) => string | undefined {
  const lengths = new Map<number, number>();
  let parsed = 0;
  return ({ contentIndex, delta }) => {
    const length = (lengths.get(contentIndex) ?? 0) + delta.length;
    lengths.set(contentIndex, length);
    parsed += length;
    if (length > MOST_CHARS) return `arguments of more than ${MOST_CHARS} characters`;
    return parsed > MOST_PARSED_CHARS ? "arguments in too many pieces" : undefined;
  };
}
