import type { Act, Attempt } from "./act.ts";
import type { SandboxTrial, SandboxTrialOptions } from "./sandbox-trial.ts";

/** The launcher as it was found, or why it was not. */
export type LauncherFacts =
  | { readonly path: string; readonly linking: "static" | "dynamic" }
  | { readonly problem: string };

/** What the checks look at, so that a test can describe any machine. */
export interface Host {
  /** As in process.platform. */
  readonly platform: string;
  /** As in process.arch. */
  readonly arch: string;
  /** Effective user id. */
  readonly uid: number;
  /** Undefined where no entry of the system's gives one. */
  readonly userName: string | undefined;
  /** The directory whose file system is examined: the working directory. */
  readonly directory: string;
  readonly launcher: LauncherFacts;
  /** Text of a file without white space around it; undefined where it cannot be read. */
  read(path: string): string | undefined;
  /** Whether a file or directory may be written by this process; false where there is none. */
  writable(path: string): boolean;
  /** Names in a directory; none where it cannot be read. */
  list(path: string): readonly string[];
  /** Whether a program of the system's is installed. */
  hasProgram(name: string): boolean;
  tried(act: Act): Attempt;
  /** Makes a sandbox, runs a command in it and ends it. */
  trySandbox(options: SandboxTrialOptions): Promise<SandboxTrial>;
}
