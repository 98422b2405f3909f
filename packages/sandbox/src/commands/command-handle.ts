import type { Duplex, Writable } from "node:stream";
import type { Clock } from "../life/clock.ts";
import type { OutputTape } from "./output-tape.ts";
import type { TapeReader } from "./tape-reader.ts";
import type { CommandExit, CommandHandle, CommandInfo } from "./types.ts";
import { waitForLog } from "./wait-for-log.ts";

/** A command that has begun, whoever holds a handle of it. */
export interface RunningCommand {
  readonly info: CommandInfo;
  readonly clock: Clock;
  readonly stdin: Writable;
  readonly channel: Duplex | undefined;
  readonly stdout: OutputTape;
  readonly stderr: OutputTape;
  /** Resolves when its process has ended; its output may still be on the way. */
  readonly exited: Promise<CommandExit>;
  /** Resolves when its output has come as well. */
  readonly ended: Promise<CommandExit>;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Sends the launcher a request; `native/supervise.c`. Calls `sent` when it is on its way, or nobody takes it. */
  request(bytes: readonly number[], sent?: () => void): void;
}

/** A stream that begins at its first use: who never uses it holds nothing back. */
function openLate(tape: OutputTape) {
  let reader: TapeReader | undefined;
  return {
    stream() {
      reader ??= tape.open();
      return reader.stream;
    },
    lost: () => reader?.lost() ?? 0,
  };
}

/** A handle whose streams begin with what is kept of the output. */
export function createHandle(command: RunningCommand): CommandHandle {
  const { info, channel, ended } = command;
  const stdout = openLate(command.stdout);
  const stderr = openLate(command.stderr);
  return {
    id: info.id,
    pid: info.pid,
    get stdin() {
      return command.stdin;
    },
    get stdout() {
      return stdout.stream();
    },
    get stderr() {
      return stderr.stream();
    },
    get truncated() {
      return { stdout: stdout.lost(), stderr: stderr.lost() };
    },
    ...(channel !== undefined && { channel }),
    wait: () => ended,
    kill: async (signal = "SIGKILL") => command.kill(signal),
    waitForLog: (pattern, options = {}) => waitForLog(command, pattern, options),
  };
}

/** The handle of who has started it, and is to read it: nothing is lost, however late that is. */
export function createFirstHandle(command: RunningCommand): CommandHandle {
  const handle = createHandle(command);
  void handle.stdout;
  void handle.stderr;
  return handle;
}
