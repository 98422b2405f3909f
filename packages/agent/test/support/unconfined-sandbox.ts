import { spawn } from "node:child_process";
import { once } from "node:events";
import { Duplex, type Readable, type Writable } from "node:stream";
import type { AgentSandbox, WorkerHandle } from "../../src/agent-sandbox.ts";
import type { WorkerExit } from "../../src/errors.ts";
import { workerMounts } from "../../src/worker-mounts.ts";

/** Starts real processes with a real socket as descriptor 3, but confines nothing. */
export interface UnconfinedSandbox extends AgentSandbox {
  /** Every worker that was started, in order. */
  readonly started: readonly { readonly handle: WorkerHandle; readonly exit: Promise<WorkerExit> }[];
}

interface Options {
  /** Runs in the worker's place. */
  readonly program?: readonly string[];
  /** Shell commands to run before the worker, with its stdout and stderr. */
  readonly prelude?: string;
}

/**
 * A stand-in for a sandbox on a machine that has none: the paths of `workerMounts()` are replaced by what
 * would be mounted there.
 */
export function createUnconfinedSandbox({ program, prelude }: Options = {}): UnconfinedSandbox {
  const mounts = new Map(workerMounts().map(({ source, target }) => [target, source]));
  const started: { handle: WorkerHandle; exit: Promise<WorkerExit> }[] = [];
  return {
    started,
    commands: {
      async start(command, { cwd }) {
        const worker = program ?? command.map((part) => mounts.get(part) ?? part);
        const shell = ["/bin/sh", "-c", `${prelude}; exec "$0" "$@"`];
        const [file = "", ...args] = prelude === undefined ? worker : [...shell, ...worker];
        const child = spawn(file, args, { cwd, stdio: ["pipe", "pipe", "pipe", "pipe"] });
        const [stdin, stdout, stderr, channel] = child.stdio;
        await once(child, "spawn");
        const exit = once(child, "exit").then(
          ([exitCode, signal]): WorkerExit => ({ exitCode, signal, oomKilled: false }),
        );
        const handle = {
          pid: child.pid ?? 0,
          stdin: stdin as Writable,
          stdout: stdout as Readable,
          stderr: stderr as Readable,
          channel: channel instanceof Duplex ? channel : undefined,
          wait: () => exit,
          kill: async (signal: NodeJS.Signals = "SIGKILL") => {
            child.kill(signal);
          },
        };
        started.push({ handle, exit });
        return handle;
      },
    },
  };
}
