import type { Readable } from "node:stream";
import type { CommandExit } from "../types.ts";

/** Of a terminal, in characters; each from 1 to 10,000. */
export interface PtySize {
  readonly cols: number;
  readonly rows: number;
}

/** Gets what the terminal shows, as bytes. What it returns is awaited: until then the sandbox's writers wait. */
export type PtyListener = (chunk: Buffer) => unknown;

export interface PtyOptions extends Partial<PtySize> {
  /**
   * A string runs by `/bin/sh -c`, an array as it is. Default: an interactive shell of the sandbox, /bin/bash where
   * there is one, else /bin/sh.
   */
  readonly command?: string | readonly string[];
  /** Absolute path inside. Default: `/workspace` where something is mounted there, else the home directory. */
  readonly cwd?: string;
  /** Added to PATH, HOME, USER, LANG, and TERM, which is `xterm-256color`. */
  readonly envs?: Readonly<Record<string, string>>;
  /** By name or id, who runs it: a sandbox has no other user. */
  readonly user?: "agent" | 1000;
  /** Milliseconds after which the command and everything it started are killed. Default: none. */
  readonly timeoutMs?: number;
  /** Kills the command and everything it started when it aborts. */
  readonly signal?: AbortSignal;
  /** The first listener; see {@link PtyHandle.onData}. */
  readonly onData?: PtyListener;
}

/** A command with a terminal of the sandbox's own. */
export interface PtyHandle extends PtySize {
  readonly id: string;
  /** Its process id on the host. */
  readonly pid: number;
  /**
   * Types into the terminal: `\r` is the Enter key, `\x03` is ^C, `\x04` is ^D. Resolves when the launcher has taken
   * it all; while the program inside does not read, that waits.
   *
   * @throws PtyEndedError, CommandOptionError for what is neither text nor bytes
   */
  write(data: string | Uint8Array): Promise<void>;
  /**
   * Calls the listener for all that the terminal shows from now on, and first, where it is the first reader, for all
   * that was shown before. While nobody reads, the sandbox's writers wait. What it throws ends the command, and is what
   * `wait()` rejects with. Returns what ends the listening.
   */
  onData(listener: PtyListener): () => void;
  /** The same as a stream. It counts as a reader from the first time that it is looked at. */
  readonly output: Readable;
  /**
   * Programs inside get SIGWINCH, where the size differs. Of many in a row the last one counts.
   *
   * @throws CommandOptionError for a size that is out of range or has other keys
   */
  resize(size: PtySize): void;
  /**
   * SIGKILL, the default, ends the command with everything it started, and waits for its end. Another signal goes to
   * the command's own process group: SIGHUP is what a shell gets when its terminal is closed. To interrupt what runs in
   * a shell's foreground, write `\x03`. Does nothing once it has ended.
   */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /**
   * Resolves when the command has ended and the listeners have had its output. It waits neither for processes that it
   * has left behind in the background nor for a reader of `output`.
   */
  wait(): Promise<CommandExit>;
}

/** Terminals of one sandbox. */
export interface Pty {
  /**
   * Starts a command in a new terminal of the given size, by default 80 columns and 24 rows.
   *
   * @throws CommandStartError, CommandOptionError, SandboxPausedError, SandboxClosedError, SandboxStartError where the sandbox has used up
   * its 256 terminals; the reason of a `signal` that has aborted
   */
  create(options?: PtyOptions): Promise<PtyHandle>;
}
