/** DEC private modes that a program switches on, and that a shell afterwards could not live with. */
const offAtFirst = new Set([
  1, 9, 47, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 1047, 1049, 2004, 2026, 2048,
]);
/** Those that terminals begin with: the cursor is seen, long lines are wrapped. */
const onAtFirst = new Set([7, 25]);

const escapeByte = 0x1b;
const bell = 0x07;
const backslash = 0x5c;
/** Longer sequences have no meaning that is looked for here. */
const maxParameters = 128;

type State = "text" | "escape" | "control" | "string" | "string-escape";

export interface TerminalModes {
  /** To be shown all that goes to the terminal. */
  see(chunk: Uint8Array): void;
  /** What brings the terminal back, as far as it was changed since the last call: also out of a sequence that was cut. */
  reset(): string;
  /** Whether it was asked something, whose answer it types as if the user did. */
  readonly asked: boolean;
}

/**
 * Follows what a program does to a terminal, by ECMA-48 and xterm's control sequences, so that it can be undone for a
 * program that ends without doing so: an editor that is killed leaves the alternate screen and the mouse behind.
 */
export function createTerminalModes(): TerminalModes {
  const changed = new Map<number, boolean>();
  /** Sequences that undo what has no number. */
  const undo = new Set<string>();
  let state: State = "text";
  let parameters = "";
  let asked = false;

  function endControl(final: string): void {
    const sequence = parameters + final;
    const [, numbers = "", verb = ""] = /^\?([\d;]*)([hl])$/.exec(sequence) ?? [];
    for (const mode of numbers.split(";").map(Number)) {
      if (offAtFirst.has(mode) || onAtFirst.has(mode)) changed.set(mode, verb === "h");
    }
    if (/[cntpqux]$/.test(sequence)) asked = true;
    if (final === "m") undo.add("\x1b[0m");
    if (/^>4(;\d+)?m$/.test(sequence)) undo.add("\x1b[>4m"); // keys with modifiers, xterm
    if (/^>\d*u$/.test(sequence)) undo.add("\x1b[<99u"); // the same, kitty: all that were pushed
    if (final === "r") undo.add("\x1b7\x1b[r\x1b8"); // a part of the screen that scrolls
    if (sequence.endsWith(" q")) undo.add("\x1b[0 q"); // the cursor's shape
  }

  function afterEscape(byte: number): State {
    const character = String.fromCharCode(byte);
    parameters = "";
    if (character === "[") return "control";
    if ("]P_^X".includes(character)) {
      asked = true;
      return "string";
    }
    if (character === "=") undo.add("\x1b>");
    if (character === "Z") asked = true;
    if (character === "(") undo.add("\x1b(B");
    return byte === escapeByte ? "escape" : "text";
  }

  function next(byte: number): State {
    if (state === "string") return byte === escapeByte ? "string-escape" : byte === bell ? "text" : "string";
    if (state === "string-escape" && byte === backslash) return "text";
    if (state === "escape" || state === "string-escape") return afterEscape(byte);
    if (byte === escapeByte) return "escape";
    if (state === "text" || byte === 0x18 || byte === 0x1a) return "text";
    if (byte < 0x20) return "control"; // it is done at once, within the sequence
    if (byte >= 0x40 || parameters.length > maxParameters) {
      endControl(String.fromCharCode(byte));
      return "text";
    }
    parameters += String.fromCharCode(byte);
    return "control";
  }

  return {
    see(chunk) {
      for (let at = 0; at < chunk.length; at++) {
        // the quick way over text
        if (state === "text") at = chunk.indexOf(escapeByte, at);
        if (at < 0) return;
        state = next(chunk[at] ?? 0);
      }
    },
    reset() {
      const cut = state === "text" ? "" : "\x18";
      const modes = [...changed].filter(([mode, on]) => on !== onAtFirst.has(mode));
      const sequences = [cut, ...undo, ...modes.map(([mode, on]) => `\x1b[?${mode}${on ? "l" : "h"}`)];
      state = "text";
      undo.clear();
      changed.clear();
      return sequences.join("");
    },
    get asked() {
      return asked;
    },
  };
}
