import type { Duplex, Readable, Writable } from "node:stream";
import type { Denial } from "../types.ts";

export interface StartOptions {
  /** Absolute path inside. Default: `/workspace` where something is mounted there, else the home directory. */
  readonly cwd?: string;
  /** Added to PATH, HOME, USER, LANG and TERM, which is all there is otherwise. */
  readonly envs?: Readonly<Record<string, string>>;
  /** By name or id, who runs it: a sandbox has no other user, and nobody inside can become one. */
  readonly user?: "agent" | 1000;
  /** Milliseconds after which the command and everything it started are killed. Default: none. */
  readonly timeoutMs?: number;
  /** Kills the command and everything it started when it aborts. */
  readonly signal?: AbortSignal;
  /** Gives the command one end of a socket as descriptor 3; the other is {@link CommandHandle.channel}. */
  readonly channel?: boolean;
  /**
   * Its output need not be read: it never waits for a reader, and who reads too late gets the last of it. It ends by
   * itself, when it is killed, or with its sandbox. Default false: a command waits for whoever has to read it.
   */
  readonly background?: boolean;
  /** Bytes at the end of each output stream that are kept for {@link Commands.connect}, 0 to 2^26. Default 65,536. */
  readonly keepOutputBytes?: number;
  /**
   * Called for each thing of {@link CommandExit.denied} as soon as it is known: a system call at once, also those of a
   * command that goes on. What it throws ends the command, and is what `wait()` or `run()` then rejects with.
   */
  readonly onDenied?: (denial: Denial) => void;
}

/** What `run` takes whatever it gives the output as. */
interface RunOptions extends Omit<StartOptions, "channel" | "background"> {
  /** Written to the command's standard input, which is then closed. Default: empty. */
  readonly stdin?: string | Uint8Array;
  /** Where it returns a promise, nothing more is read before that has resolved, and the command waits. */
  readonly onStdout?: (chunk: Buffer) => unknown;
  readonly onStderr?: (chunk: Buffer) => unknown;
  /** Bytes kept of each stream; what comes after is counted in {@link CommandResult.truncated}. Default 1 MiB. */
  readonly maxOutputBytes?: number;
  /** Rejects with {@link CommandExitError} unless the exit code is 0. Default false: how it ended is data. */
  readonly check?: boolean;
}

export interface CommandOptions extends RunOptions {
  /** Default: text, where a byte that is none becomes U+FFFD. */
  readonly encoding?: "utf8";
}

/** The output as the bytes that it was. */
export interface BufferCommandOptions extends RunOptions {
  readonly encoding: "buffer";
}

export interface CommandExit {
  /** Null when a signal ended the command. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  /** The kernel killed a process of the sandbox for want of memory while this command ran, and it ended badly. */
  readonly oomKilled: boolean;
  /**
   * What was refused while it ran, each thing once, in the order in which it was known; the command may have done
   * without, and ended well. System calls are those of the command and all that it started, up to 32 kinds. Limits
   * count for the whole sandbox. Files and the network are told by `run` only, which reads standard error. A process
   * that stays behind when its command has ended is refused the same calls, with ENOSYS, and nobody is told.
   */
  readonly denied: readonly Denial[];
  /** From the call to the end of the command's process, in milliseconds. */
  readonly durationMs: number;
  /** Processor time of the command and the children it waited for, in milliseconds. */
  readonly cpuMs: number;
  /** The largest of those processes' resident sets, in units of 2^20 bytes. */
  readonly maxRssMb: number;
}

/** Bytes of each stream that were left out. */
export interface Truncated {
  readonly stdout: number;
  readonly stderr: number;
}

export interface CommandResult<T extends string | Buffer = string> extends CommandExit {
  readonly stdout: T;
  readonly stderr: T;
  readonly truncated: Truncated;
}

/** What {@link CommandHandle.waitForLog} has found. */
export interface LogMatch {
  /** The line, without its end; as much as there is of it yet, where that is enough. */
  readonly line: string;
  readonly stream: "stdout" | "stderr";
  readonly match: RegExpExecArray;
}

export interface WaitForLogOptions {
  /** Of the sandbox's time, which stands still while it is paused. Default: as long as the command runs. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A running command. */
export interface CommandHandle {
  /** For {@link Commands.connect}. */
  readonly id: string;
  /** Its process id on the host. */
  readonly pid: number;
  readonly stdin: Writable;
  /**
   * Unless the command is a background one, it waits for whoever does not read. Destroyed by all who have it, the
   * command gets SIGPIPE when it writes.
   */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Bytes that this handle's streams have left out so far, because they were not kept any more. */
  readonly truncated: Truncated;
  readonly channel?: Duplex;
  /** Resolves when the command has ended, also where a signal ended it, and its output was read. */
  wait(): Promise<CommandExit>;
  /**
   * SIGKILL, the default, ends the command with everything it started, and waits for its end. Another signal goes to
   * its process group. Does nothing once it has ended.
   */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /**
   * Resolves with the first line of its output, what is kept of it included, in which the text or the expression is
   * found. Reads nothing: a command that waits for a reader is not seen to go on.
   *
   * @throws CommandEndedError when it ends without such a line, WaitTimeoutError, CommandOptionError; the reason of a
   * `signal` that has aborted
   */
  waitForLog(pattern: RegExp | string, options?: WaitForLogOptions): Promise<LogMatch>;
}

/** A command that runs. */
export interface CommandInfo {
  readonly id: string;
  /** Its process id on the host. */
  readonly pid: number;
  readonly argv: readonly string[];
  readonly background: boolean;
  /** It has a terminal, and is not one for {@link Commands.connect}. */
  readonly pty: boolean;
  readonly startedAt: Date;
}

/** Commands of one sandbox. A string runs by `/bin/sh -c`, an array as it is. */
export interface Commands {
  /**
   * @throws CommandStartError, CommandOptionError, SandboxPausedError, SandboxClosedError, with `check` CommandExitError; the reason of a
   * `signal` that has aborted, and what a listener has thrown
   */
  run(command: string | readonly string[], options: BufferCommandOptions): Promise<CommandResult<Buffer>>;
  run(command: string | readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /**
   * @throws CommandStartError, CommandOptionError, SandboxPausedError, SandboxClosedError; the reason of a `signal` that aborts before it has
   * started
   */
  start(command: string | readonly string[], options?: StartOptions): Promise<CommandHandle>;
  /** All that run now, in the order of their start, whoever started them. */
  list(): readonly CommandInfo[];
  /**
   * One more handle of a running command. Its streams give what is kept of the output, then what comes.
   *
   * @throws CommandNotFoundError for an id that never was, or of a command that has ended and whose output was read
   */
  connect(id: string): CommandHandle;
}
