import { styleText } from "node:util";

/** Where lines go, and how they look there. */
export interface Terminal {
  line(text?: string): void;
  /** A line that the next one replaces; nothing where nobody watches. */
  passing(text: string): void;
  bold(text: string): string;
  good(text: string): string;
  fair(text: string): string;
  bad(text: string): string;
  /** Characters in a line; undefined where lines have no end. */
  readonly width: number | undefined;
}

const eraseLine = "\r\u001b[K";

/** Colours only where the stream is a terminal that wants them: NO_COLOR and FORCE_COLOR are honoured. */
export function createTerminal(stream: NodeJS.WriteStream): Terminal {
  let passing = false;
  const erase = () => (passing ? eraseLine : "");
  return {
    line(text = "") {
      stream.write(`${erase()}${text}\n`);
      passing = false;
    },
    passing(text) {
      if (!stream.isTTY) return;
      stream.write(`${erase()}${text}`);
      passing = true;
    },
    bold: (text) => styleText("bold", text, { stream }),
    good: (text) => styleText("green", text, { stream }),
    fair: (text) => styleText("yellow", text, { stream }),
    bad: (text) => styleText("red", text, { stream }),
    width: stream.isTTY && stream.columns > 0 ? stream.columns : undefined,
  };
}
