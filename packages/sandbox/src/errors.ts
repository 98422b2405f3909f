import type { CommandResult } from "./commands/types.ts";

/**
 * Base of every error that this package throws on purpose. `code` is a literal per class, `cause` keeps what
 * the kernel or Node said, and the message says what to do about it.
 */
export abstract class SandboxError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An option of `createSandbox` is unknown, of the wrong type or out of range. */
export class SandboxOptionError extends SandboxError {
  readonly code = "SANDBOX_OPTION";
}

/** An option or an argument of a command is unknown, of the wrong type or out of range. */
export class CommandOptionError extends SandboxError {
  readonly code = "COMMAND_OPTION";
}

/** A layer could not be applied; nothing of the sandbox ran. `step` and `errno` are the launcher's own words. */
export class SandboxStartError extends SandboxError {
  readonly code = "SANDBOX_START";
  readonly step: string;
  readonly errno: string;

  constructor(message: string, failure: { step: string; errno: string; cause?: unknown }) {
    super(message, { cause: failure.cause });
    this.step = failure.step;
    this.errno = failure.errno;
  }
}

/** The sandbox has ended; make a new one. */
export class SandboxClosedError extends SandboxError {
  readonly code = "SANDBOX_CLOSED";
}

/** The sandbox cannot be paused: it has no cgroup, or a process of it does not stop. */
export class SandboxPauseError extends SandboxError {
  readonly code = "SANDBOX_PAUSE";
}

/** The sandbox is paused, and this needs one that runs; call `resume()`. */
export class SandboxPausedError extends SandboxError {
  readonly code = "SANDBOX_PAUSED";
}

/** The program of a command could not be started: not found, not executable, or no such directory. */
export class CommandStartError extends SandboxError {
  readonly code = "COMMAND_START";
  /** `cwd`: its directory is at fault; `exec`: its program. */
  readonly step: "cwd" | "exec";
  readonly errno: string;

  constructor(message: string, failure: { step: "cwd" | "exec"; errno: string; cause?: unknown }) {
    super(message, { cause: failure.cause });
    this.step = failure.step;
    this.errno = failure.errno;
  }
}

/** A terminal's command has ended, so nothing can be typed into it any more. */
export class PtyEndedError extends SandboxError {
  readonly code = "PTY_ENDED";
}

/** The launcher is not where the package keeps it, or does not run on this machine. */
export class LauncherMissingError extends SandboxError {
  readonly code = "LAUNCHER_MISSING";
}

/** A command that was run with `check` ended otherwise than with exit code 0; `result` tells how. */
export class CommandExitError extends SandboxError {
  readonly code = "COMMAND_EXIT";
  readonly result: CommandResult<string> | CommandResult<Buffer>;

  constructor(message: string, result: CommandResult<string> | CommandResult<Buffer>) {
    super(message);
    this.result = result;
  }
}

/** There is no command with this id: it has ended and its output was read, or never was, or it has a terminal. */
export class CommandNotFoundError extends SandboxError {
  readonly code = "COMMAND_NOT_FOUND";
}

/** A command ended before what was waited for. */
export class CommandEndedError extends SandboxError {
  readonly code = "COMMAND_ENDED";
}

/** What was waited for did not come within its time. */
export class WaitTimeoutError extends SandboxError {
  readonly code = "WAIT_TIMEOUT";
}
