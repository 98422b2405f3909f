import { styleText } from "node:util";

/** Where lines go, and how they look there. */
export interface Terminal {
  /** Writes text as it is. */
  write(text: string): void;
  /** Writes a line. */
  line(text?: string): void;
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  /** Characters in a line. */
  readonly width: number;
}

/** Of a pipe, and of a terminal that does not know its width or says 0. */
const USUAL_WIDTH = 100;
const NARROWEST = 40;
const WIDEST = 120;

/** Colours only where the stream is a terminal that wants them: NO_COLOR and FORCE_COLOR are honoured. */
export function createTerminal(stream: NodeJS.WriteStream): Terminal {
  return {
    write: (text) => stream.write(text),
    line: (text = "") => stream.write(`${text}\n`),
    bold: (text) => styleText("bold", text, { stream }),
    dim: (text) => styleText("dim", text, { stream }),
    good: (text) => styleText("green", text, { stream }),
    bad: (text) => styleText("red", text, { stream }),
    width: Math.min(Math.max(stream.columns || USUAL_WIDTH, NARROWEST), WIDEST),
  };
}

/**
 * Makes text of a model or a tool safe to print: control characters could move the cursor, retitle the window
 * or hide what was printed before. Newlines and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu, "\ufffd");
}

/** Cuts a line to so many characters, and shows that it did. */
export function clip(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

/** Cuts a path to so many characters, and keeps its end. */
export function clipStart(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width
    ? text
    : `…${characters.slice(characters.length - Math.max(0, width - 1)).join("")}`;
}
