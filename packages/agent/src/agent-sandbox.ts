import type { Duplex, Readable, Writable } from "node:stream";
import type { WorkerExit } from "./errors.ts";

/** What this package needs of a sandbox. A `Sandbox` of @cloison/sandbox is one. */
export interface AgentSandbox {
  readonly commands: {
    start(command: readonly string[], options: WorkerStartOptions): Promise<WorkerHandle>;
  };
}

/** How the worker is started: with one socket more, as its descriptor 3. */
export interface WorkerStartOptions {
  readonly channel: true;
  readonly cwd: string;
}

/** A started command. */
export interface WorkerHandle {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The host's end of the socket. */
  readonly channel?: Duplex | undefined;
  /** Resolves when the command ended. */
  wait(): Promise<WorkerExit>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}
