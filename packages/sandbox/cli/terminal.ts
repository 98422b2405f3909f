import { styleText } from "node:util";

/** Where lines go, and how they look there. */
export interface Terminal {
  line(text?: string): void;
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  fair(text: string): string;
  bad(text: string): string;
}

/** Colours only where the stream is a terminal that wants them: NO_COLOR and FORCE_COLOR are honoured. */
export function createTerminal(stream: NodeJS.WriteStream): Terminal {
  return {
    line: (text = "") => stream.write(`${text}\n`),
    bold: (text) => styleText("bold", text, { stream }),
    dim: (text) => styleText("dim", text, { stream }),
    good: (text) => styleText("green", text, { stream }),
    fair: (text) => styleText("yellow", text, { stream }),
    bad: (text) => styleText("red", text, { stream }),
  };
}
