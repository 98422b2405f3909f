import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { patience } from "./this-machine.ts";

/** Programs of the tests that this machine lacks. */
export function missingPrograms(names: readonly string[]): string[] {
  const directories = (process.env.PATH ?? "").split(":");
  return names.filter((name) => !directories.some((directory) => existsSync(join(directory, name))));
}

export interface ScreenOptions {
  /** For the socket; the user's own. */
  readonly directory: string;
  readonly cols: number;
  readonly rows: number;
  /** Whose server it is; by default this process's user's. */
  readonly uid?: number;
}

/** A terminal with a shell that a test types into and looks at, as a person does. */
export interface Screen {
  /** Types keys as tmux(1) names them. */
  keys(...names: string[]): void;
  /** Types text as it is, and Enter. */
  line(text: string): void;
  resize(cols: number, rows: number): void;
  /** Sends a signal to the program that the shell runs. */
  signal(name: string): void;
  /** What is seen, line by line, without white space at the ends. */
  lines(): string[];
  /** Whether it shows the alternate screen, tells of the mouse, and shows the cursor: each 0 or 1. */
  modes(): string;
  /** Waits until what is seen is right; resolves to what is seen then, or when the bound is over. */
  seen(right: (lines: string[]) => boolean): Promise<string[]>;
  end(): void;
}

const boundMs = 15_000 * patience;
const pollMs = 20;

/** Starts a tmux server of its own with one shell. */
export function openScreen({ directory, cols, rows, uid }: ScreenOptions): Screen {
  const socket = join(directory, "tmux");
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    LC_ALL: "C.UTF-8",
    PS1: "user$ ",
    TMUX_TMPDIR: directory,
  };
  const tmux = (...words: string[]): string => {
    const { status, stdout, stderr } = spawnSync("tmux", ["-S", socket, "-f", "/dev/null", ...words], {
      env,
      cwd: "/",
      encoding: "utf8",
      ...(uid !== undefined && { uid, gid: uid }),
    });
    if (status !== 0) throw new TypeError(`tmux ${words.join(" ")} gave ${status}: ${stderr}`);
    return stdout;
  };
  const size = ["-x", String(cols), "-y", String(rows)];
  tmux("new-session", "-d", ...size, "exec /bin/sh", ";", "set", "-g", "status", "off");
  const lines = () =>
    tmux("capture-pane", "-p")
      .trimEnd()
      .split("\n")
      .map((line) => line.trimEnd());
  return {
    keys: (...names) => void tmux("send-keys", ...names),
    line(text) {
      tmux("send-keys", "-l", text);
      tmux("send-keys", "Enter");
    },
    resize: (x, y) => void tmux("resize-window", "-x", String(x), "-y", String(y)),
    signal(name) {
      const shell = tmux("display-message", "-p", "#{pane_pid}").trim();
      const [child] = readFileSync(`/proc/${shell}/task/${shell}/children`, "utf8").split(" ");
      process.kill(Number(child), `SIG${name}`);
    },
    lines,
    modes: () => tmux("display-message", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}").trim(),
    async seen(right) {
      const bound = performance.now() + boundMs;
      let now = lines();
      for (; !right(now) && performance.now() < bound; now = lines()) await delay(pollMs);
      return now;
    },
    end: () => void tmux("kill-server"),
  };
}
