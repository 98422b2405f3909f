import type { PtyHandle } from "../../src/index.ts";
import { patience } from "./this-machine.ts";

/** For what will never be shown. */
const boundMs = 20_000 * patience;

/** What a terminal has shown so far. */
export interface TerminalRecord {
  /** All of it. */
  text(): string;
  /** Waits until it has shown the text, after what an earlier call has waited for; false when it never will. */
  shows(text: string): Promise<boolean>;
}

export function recordTerminal(pty: Pick<PtyHandle, "onData" | "wait">): TerminalRecord {
  let text = "";
  let from = 0;
  let over = false;
  let onChange = () => {};
  pty.onData((chunk) => {
    text += chunk.toString("latin1");
    onChange();
  });
  const end = () => {
    over = true;
    onChange();
  };
  pty.wait().then(end, end);
  return {
    text: () => text,
    async shows(wanted) {
      const bound = setTimeout(end, boundMs);
      while (!over && !text.includes(wanted, from))
        await new Promise<void>((resolve) => {
          onChange = resolve;
        });
      clearTimeout(bound);
      const at = text.indexOf(wanted, from);
      if (at >= 0) from = at + wanted.length;
      return at >= 0;
    },
  };
}
