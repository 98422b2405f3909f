import { createDenialLog } from "../denied/denial-log.ts";
import { killedByFilter, moreRefusals, refusalDenial, refusalsUntold } from "../denied/seccomp-denials.ts";
import { seccompArch } from "../policy/seccomp-hex.ts";
import type { SeccompProfile } from "../seccomp/index.ts";
import type { CommandExit, Denial } from "../types.ts";
import type { RefusalStatus } from "./follow-command.ts";

export interface DenialWatch {
  /** For what the launcher tells of refused calls. */
  onRefusal(status: RefusalStatus): void;
  /**
   * The exit with all that was refused before it.
   *
   * @throws what `onDenied` has thrown
   */
  complete(exit: CommandExit): CommandExit;
}

/** @param kill ends the command, when `onDenied` throws */
export function watchDenials(
  profile: SeccompProfile,
  onDenied: ((denial: Denial) => void) | undefined,
  kill: () => void,
): DenialWatch {
  let thrown: { readonly error: unknown } | undefined;
  let untold: string | undefined;
  const onThrow = (error: unknown) => {
    thrown = { error };
    kill();
  };
  const log = createDenialLog({ onDenied, onThrow });
  return {
    onRefusal(status) {
      if (status.kind === "denied") log.add(refusalDenial(status, seccompArch(), profile));
      else if (status.kind === "denied-more") log.add(moreRefusals(status.count));
      else untold = status.errno;
    },
    complete(exit) {
      if (exit.signal === "SIGSYS") log.add(killedByFilter);
      // A command that ended well has no need to know what cannot be told.
      if (untold !== undefined && exit.exitCode !== 0) log.add(refusalsUntold(untold));
      for (const denial of exit.denied) log.add(denial);
      if (thrown !== undefined) throw thrown.error;
      return { ...exit, denied: log.all() };
    },
  };
}
