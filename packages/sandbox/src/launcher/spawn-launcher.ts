import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { Duplex } from "node:stream";
import { LauncherMissingError } from "../errors.ts";
import { encodePolicy, type Operation } from "../policy/encode-policy.ts";
import { startError } from "./failure.ts";
import { launcherPath } from "./launcher-path.ts";
import { shortageOf } from "./shortage.ts";
import { readStatus, type Status } from "./status.ts";

const controlFd = 3;
const statusFd = 4;

/** A running launcher. The sandbox or command it serves ends when `control` closes. */
export interface Launcher {
  readonly child: ChildProcess;
  readonly control: Duplex;
  /** Its status lines; set the listener in the same turn. */
  onStatus(listener: (status: Status) => void): void;
  /** Resolves when its process is gone and its status was read to the end. */
  readonly closed: Promise<void>;
}

export interface LauncherSpawn {
  readonly mode: "create" | "join" | "attend" | "check" | "seal" | "dial" | "copy";
  /** What to run. Default: the launcher's file. */
  readonly program?: string;
  readonly operations: readonly Operation[];
  /** Descriptors 0, 1 and 2; with `output` the first of them is at its end. */
  readonly stdio: "ignore" | "pipe" | "output";
  /** Descriptors from 5 on; `ipc` is Node's channel between processes. */
  readonly extra?: readonly (number | "pipe" | "ipc")[];
}

const standardSlots = {
  ignore: ["ignore", "ignore", "ignore"],
  pipe: ["pipe", "pipe", "pipe"],
  output: ["ignore", "pipe", "pipe"],
} as const;

/** The stream of a descriptor that was asked for as a pipe. */
export function pipeOf(child: ChildProcess, fd: number): Duplex {
  const stream = child.stdio[fd];
  if (stream instanceof Duplex) return stream;
  throw startError({ step: "spawn", errno: "EMFILE", detail: `descriptor ${fd} of the launcher` });
}

function spawnError(cause: Error) {
  const errno = shortageOf(cause);
  return errno === undefined
    ? new LauncherMissingError(`the sandbox launcher could not be run: ${cause.message}`, { cause })
    : startError({ step: "spawn", errno, detail: "the launcher" }, cause);
}

/**
 * Starts the launcher with an empty environment: nothing of the host's is in the memory that the sandbox's
 * processes begin with.
 */
export function spawnLauncher({
  mode,
  program = launcherPath(),
  operations,
  stdio,
  extra = [],
}: LauncherSpawn): Launcher {
  const slots: StdioOptions = [...standardSlots[stdio], "pipe", "pipe", ...extra];
  // PID 1 of the sandbox shows its argv there: a name, not a path of the host.
  const child = spawn(program, [mode], { argv0: "cloison-init", stdio: slots, env: {}, cwd: "/" });
  const failed = new Promise<never>((_resolve, reject) => {
    child.once("error", (cause) => {
      reject(spawnError(cause));
    });
  });
  if (child.pid === undefined) {
    failed.catch(() => {});
    return { child, control: Duplex.from([]), onStatus: () => {}, closed: failed };
  }
  const control = pipeOf(child, controlFd);
  // The launcher may be gone before it reads: its exit tells.
  control.on("error", () => {});
  control.write(encodePolicy(operations));
  const status = pipeOf(child, statusFd);
  // Not the child's "close": that waits for streams that a process of the sandbox may hold, or nobody reads.
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const told = new Promise((resolve) => status.once("close", resolve));
  const ended = Promise.all([exited, told]);
  const closed = Promise.race([ended.then(() => {}), failed]);
  closed.catch(() => {});
  return { child, control, onStatus: (listener) => readStatus(status, listener), closed };
}
