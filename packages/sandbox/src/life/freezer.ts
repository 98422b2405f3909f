import { cgroupFix } from "../cgroup/index.ts";
import { SandboxClosedError, SandboxPauseError } from "../errors.ts";
import type { Launcher } from "../launcher/spawn-launcher.ts";
import type { Status } from "../launcher/status.ts";

/** Requests of `native/pause.c`. */
const requests = { stop: "p", go: "r" } as const;

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

export type FreezerStatus = Extract<Status, { kind: "paused" | "unpaused" | "resumed" }>;

const closed = () => new SandboxClosedError("the sandbox has ended; make a new one");

/** For a sandbox without a cgroup. */
export function noFreezer(what: string): SandboxPauseError {
  return new SandboxPauseError(
    `${what}: its processes are in no cgroup, which alone can stop them all; ${cgroupFix}`,
  );
}

function notFrozen(errno: string): SandboxPauseError {
  return new SandboxPauseError(
    errno === "EBUSY"
      ? "the sandbox could not be paused: a process in it waits for a device and does not stop; it goes on, try again"
      : `the sandbox could not be paused: its cgroup refuses it (${errno}); it goes on`,
  );
}

/**
 * The freezer of a sandbox's launcher.
 *
 * @returns with it, what the launcher's status lines are to be given to
 */
export function launcherFreezer(launcher: Launcher): {
  readonly freezer: Freezer;
  readonly onStatus: (status: FreezerStatus) => void;
} {
  let onAnswer: (status: FreezerStatus) => void = () => {};
  const ask = (request: string) =>
    new Promise<FreezerStatus>((resolve, reject) => {
      onAnswer = resolve;
      launcher.closed.then(() => reject(closed()), reject);
      if (launcher.control.writable) launcher.control.write(request);
      else reject(closed());
    });
  return {
    freezer: {
      async stop() {
        const answer = await ask(requests.stop);
        if (answer.kind === "unpaused") throw notFrozen(answer.errno);
      },
      async go() {
        await ask(requests.go);
      },
    },
    onStatus: (status) => onAnswer(status),
  };
}
