import { describe, expect, test } from "vitest";
import { createEscapeKeys } from "../cli/escape-keys.ts";
import { createTerminalModes } from "../cli/terminal-modes.ts";

/** What is typed in these pieces, and whether the user leaves. */
function type(...pieces: string[]) {
  const look = createEscapeKeys();
  let typed = "";
  for (const piece of pieces) {
    const keys = look(Buffer.from(piece));
    typed += keys.typed;
    if (keys.leave) return { typed, leave: true };
  }
  return { typed, leave: false };
}

describe("the keys of a session", () => {
  test("leave it by ~. at the beginning of a line, in one piece or more", () => {
    expect(type("~.")).toEqual({ typed: "", leave: true });
    expect(type("ls\r", "~", ".")).toEqual({ typed: "ls\r", leave: true });
    expect(type("a\n~.b")).toEqual({ typed: "a\n", leave: true });
  });

  test("are typed as they are otherwise", () => {
    const lines = ["cat ~/.x\r", "a~.\r", "~x~.\r", "~\r~/.b"];
    expect(type(...lines)).toEqual({ typed: lines.join(""), leave: false });
    expect(type("~~.\r~", "~~")).toEqual({ typed: "~.\r~~", leave: false });
    expect(type("\xff\x00ü")).toEqual({ typed: "\xff\x00ü", leave: false });
  });
});

/** What undoes the output, which comes in pieces of this many bytes. */
function undo(output: string, bytes = output.length) {
  const modes = createTerminalModes();
  const all = Buffer.from(output, "latin1");
  for (let at = 0; at < all.length; at += bytes) modes.see(all.subarray(at, at + bytes));
  return { reset: modes.reset(), again: modes.reset(), asked: modes.asked };
}

describe("what a program has done to a terminal", () => {
  const nothing = { reset: "", again: "", asked: false };

  test("is undone once, as far as the program has not", () => {
    const editor = "\x1b[?1049h\x1b[?1h\x1b=\x1b[?25l text \x1b[?2004h\x1b[?1000;1006h";
    const reset = "\x1b>\x1b[?1049l\x1b[?1l\x1b[?25h\x1b[?2004l\x1b[?1000l\x1b[?1006l";
    expect(undo(editor)).toEqual({ ...nothing, reset });
    expect(undo(`${editor}\x1b[?25h\x1b[?1049l\x1b[?1l`).reset).toBe(
      "\x1b>\x1b[?2004l\x1b[?1000l\x1b[?1006l",
    );
    expect(undo("\x1b[1;31mred")).toEqual({ ...nothing, reset: "\x1b[0m" });
  });

  test("is nothing where it only wrote", () => {
    expect(undo("text\r\n\xff\x9b?25l\x1b[2J\x1b[10;10H[?1049h\x1b[?9999h\x1b[;h\x1b[?h")).toEqual(nothing);
  });

  test("is known also when it has cut a sequence, or asked something", () => {
    expect(undo("\x1b]0;title").reset).toBe("\x18");
    expect(undo("\x1b[?25l\x1b[?10").reset).toBe("\x18\x1b[?25h");
    expect(undo("\x1b[6n").asked).toBe(true);
    expect(undo("\x1bP$qm\x1b\\").asked).toBe(true);
  });

  test("is the same in pieces of any size, and of any bytes", () => {
    const alphabet = "\x1b\x1b[[??;1049hl25mrq>=(\\]P\x07\x18 ~\xff";
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 48_271) % 0x7fffffff;
      return seed % below;
    };
    for (let round = 0; round < 300; round++) {
      const output = Array.from({ length: 60 }, () => alphabet[random(alphabet.length)]).join("");
      for (const bytes of [1, 2, 7])
        expect(undo(output, bytes), JSON.stringify(output)).toEqual(undo(output));
    }
    expect(undo(`\x1b[${"1;".repeat(2 ** 20)}`).reset.length).toBeLessThan(10); // kept in bounds
  });
});
