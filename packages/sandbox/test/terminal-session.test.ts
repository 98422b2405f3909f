import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { lanes, userId } from "./support/as-user.ts";
import { makeCopy } from "./support/library-copy.ts";
import { missingPrograms, openScreen, type Screen } from "./support/tmux.ts";

const missing = missingPrograms(["tmux", "vim", "top"]);
const lack = missing.length === 0 ? "" : ` (skipped: ${missing.join(", ")} not installed)`;

/** What is found of a session's user terminal when it is over. */
interface Ended {
  readonly code: number;
  readonly restored: boolean;
  readonly size: string | undefined;
  readonly lines: string[];
}

const last = (lines: string[]) => lines.at(-1) ?? "";
const isAtPrompt = (lines: string[]) => last(lines) === "agent@sandbox:~$";

for (const lane of lanes.filter(({ kind }) => kind !== "delegated"))
  describe.skipIf(lane.skipped !== undefined || lack !== "")(
    `a session in tmux, ${lane.title}${lack}`,
    () => {
      let copy = "";
      let screen: Screen;
      beforeAll(() => {
        copy = makeCopy();
      });
      beforeEach(() => {
        const directory = mkdtempSync(join(copy, "tmux-"));
        const uid = lane.kind === "user" ? userId : undefined;
        if (uid !== undefined) chownSync(directory, uid, uid);
        screen = openScreen({ directory, cols: 80, rows: 24, ...(uid !== undefined && { uid }) });
      });
      afterEach(() => screen.end());
      afterAll(() => rmSync(copy, { recursive: true, force: true }));

      /** Begins a session, below the modes that the user's terminal has before. */
      async function begin(...words: string[]): Promise<string> {
        screen.line("modes() { stty -g | cksum | cut -d' ' -f1; }; PS1='user$ '; clear; modes");
        const modes = await screen.seen((lines) => /^\d+$/.test(lines[0] ?? ""));
        const program = `${copy}/node ${copy}/test/support/terminal-host.ts`;
        screen.line([program, lane.enforce, ...words].join(" "));
        await screen.seen(isAtPrompt);
        return modes[0] ?? "";
      }

      /** The user's shell after a session: its exit code, and whether the terminal is as it was. */
      async function after(modes: string): Promise<Ended> {
        await screen.seen((lines) => last(lines) === "user$");
        screen.line("echo code-$?-$(modes)-$(stty size)");
        const lines = await screen.seen((now) => now.some((line) => /^code-\d+-.+-/.test(line)));
        const [, code, now, size] = /^code-(\d+)-(.+)-(.+)$/m.exec(lines.join("\n")) ?? [];
        return { code: Number(code), restored: now === modes, size, lines };
      }

      test("shows vim as it is, stops it, goes on with it and gives it a new size", async () => {
        const modes = await begin();
        screen.line("vim -u NONE -N -i NONE poem");
        await screen.seen((lines) => lines.length === 24 && last(lines).includes('"poem"'));
        screen.keys("i", "roses", "Enter", "violets", "Escape");
        const small = await screen.seen((lines) => lines[1] === "violets" && !last(lines).includes("INSERT"));
        screen.resize(60, 12);
        screen.line(":echo &columns &lines");
        const resized = await screen.seen((lines) => last(lines).startsWith("60 12"));
        screen.keys("C-z");
        const stopped = await screen.seen(
          (lines) => isAtPrompt(lines) && lines.some((line) => /Stopped/.test(line)),
        );
        screen.line("fg");
        const again = await screen.seen((lines) => lines[0] === "roses" && lines[10] === "~");
        screen.line(":wq");
        await screen.seen(isAtPrompt);
        screen.line("cat poem; exit 3");
        const { code, restored, lines } = await after(modes);
        expect(small.slice(0, 23)).toEqual(["roses", "violets", ...Array(21).fill("~")]);
        expect(resized).toEqual([
          "roses",
          "violets",
          ...Array(9).fill("~"),
          expect.stringMatching(/^60 12\b/),
        ]);
        expect(stopped.join("\n")).toMatch(/\[1\]\+ +Stopped +vim/);
        expect(again.slice(0, 11)).toEqual(["roses", "violets", ...Array(9).fill("~")]);
        expect(lines.join("\n")).toContain("roses\nviolets\n");
        expect({ code, restored }).toEqual({ code: 3, restored: true });
      });

      test("shows top in the size of the window, and ^C ends it", async () => {
        const modes = await begin();
        screen.line("top -d 0.2");
        const small = await screen.seen((lines) => lines.some((line) => / top$/.test(line)));
        screen.resize(110, 10);
        screen.keys("c");
        const wide = await screen.seen(
          (lines) => lines.some((line) => /\d top -d 0\.2$/.test(line)) && lines.length <= 10,
        );
        screen.keys("C-c");
        await screen.seen(isAtPrompt);
        screen.line("echo ended-$?; stty size; exit");
        const { code, restored, lines } = await after(modes);
        expect(small[0]).toMatch(/^top - /);
        expect(small.find((line) => line.includes("PID"))).toMatch(/^ +PID USER +PR +NI .* COMMAND$/);
        expect(wide[0]).toMatch(/^top - /);
        expect(lines.join("\n")).toMatch(/^ended-\d+\n10 110$/m);
        expect({ code, restored }).toEqual({ code: 0, restored: true });
      });

      /** The alternate screen and the mouse, and no cursor: what a program leaves behind that is killed. */
      async function spoil(): Promise<string> {
        screen.line(
          "sh -c \"trap '' HUP INT TERM; stty rows 7 cols 7; printf '\\33[?1049h\\33[?1003h\\33[?25l\\33[6n\\33]0;title'; sleep 100\"",
        );
        await screen.seen(() => screen.modes() === "1 1 0");
        return screen.modes();
      }
      const asBefore = "0 0 1";

      test.each([
        { how: "the user leaves it by ~. in the midst of a program", code: 255, keys: ["Enter", "~", "."] },
        { how: "its program is told to end", code: 143, signal: "TERM" },
        { how: "its program breaks", words: ["throws"], code: 1, signal: "USR1" },
      ])("gives the terminal back when $how", async ({ words = [], signal, keys = [], code }) => {
        const modes = await begin(...words);
        const spoiled = await spoil();
        if (signal === undefined) screen.keys(...keys);
        else screen.signal(signal);
        const ended = await after(modes);
        expect(spoiled).toBe("1 1 0");
        screen.line("stty rows 7 cols 7; stty size"); // the control: so its size would be, if programs inside had it
        await screen.seen((lines) => lines.includes("7 7"));
        expect(screen.lines()).toContain("7 7");
        const { size, restored } = ended;
        expect({ code: ended.code, size, restored, modes: screen.modes() }).toEqual({
          code,
          size: "24 80",
          restored: true,
          modes: asBefore,
        });
      });
    },
  );
