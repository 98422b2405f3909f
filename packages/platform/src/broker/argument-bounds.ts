/** What one call's arguments may come to: twice what today's models can write in an answer. */
const MOST_CHARS = 1024 * 1024;

/** pi-ai's clients parse some 50 million characters a second, and at each piece all that there is of the arguments. */
const MOST_PARSED_CHARS = 256 * 1024 * 1024;

/** More than a whole answer may have. What is unfinished and nested deeply takes a hundred times as long to parse. */
const MOST_LEVELS = 64;

/** A piece of a tool call's arguments, as pi-ai's clients tell it. */
export interface ArgumentPiece {
  readonly contentIndex: number;
  readonly delta: string;
}

/**
 * Watches what clients have to parse of the arguments of one answer: a server, or a model that was talked into it, could
 * keep the host busy for hours.
 *
 * @returns told each piece, says what is too much
 */
export function argumentBounds(): (piece: ArgumentPiece) => string | undefined {
  const calls = new Map<number, ArgumentText>();
  let parsed = 0;
  return ({ contentIndex, delta }) => {
    const text = calls.get(contentIndex) ?? new ArgumentText();
    calls.set(contentIndex, text);
    text.add(delta);
    parsed += text.length;
    return text.excess ?? (parsed > MOST_PARSED_CHARS ? "arguments in too many pieces" : undefined);
  };
}

/** The arguments of one call, as they come. */
export class ArgumentText {
  length = 0;
  #levels = 0;
  #mostLevels = 0;
  #inString = false;
  #escaped = false;

  add(piece: string): void {
    this.length += piece.length;
    for (const character of piece) this.#read(character);
  }

  /** What of it is too much. */
  get excess(): string | undefined {
    if (this.length > MOST_CHARS) return `arguments of more than ${MOST_CHARS} characters`;
    return this.#mostLevels > MOST_LEVELS ? `arguments of more than ${MOST_LEVELS} levels` : undefined;
  }

  #read(character: string): void {
    if (this.#escaped) this.#escaped = false;
    else if (character === "\\") this.#escaped = this.#inString;
    else if (character === '"') this.#inString = !this.#inString;
    else if (this.#inString) return;
    else if (character === "{" || character === "[") {
      this.#levels += 1;
      this.#mostLevels = Math.max(this.#levels, this.#mostLevels);
    } else if (character === "}" || character === "]") this.#levels -= 1;
  }
}
