import { cgroupFix } from "../cgroup/index.ts";
import { SandboxPauseError } from "../errors.ts";

/** Stops all processes of a sandbox and lets them go on, one call after the other. */
export interface Freezer {
  /**
   * Resolves when all stand still.
   *
   * @throws SandboxPauseError with the processes going on; SandboxClosedError
   */
  stop(): Promise<void>;
  /** @throws SandboxClosedError */
  go(): Promise<void>;
}

/** For a sandbox without a cgroup. */
export function noFreezer(what: string): SandboxPauseError {
  return new SandboxPauseError(
    `${what}: its processes are in no cgroup, which alone can stop them all; ${cgroupFix}`,
  );
}

/** For one whose processes do not all stop. */
export function notFrozen(errno: string): SandboxPauseError {
  return new SandboxPauseError(
    errno === "EBUSY"
      ? "the sandbox could not be paused: a process in it waits for a device and does not stop; it goes on, try again"
      : `the sandbox could not be paused: its cgroup refuses it (${errno}); it goes on`,
  );
}
