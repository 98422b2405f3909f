import { createDenialLog } from "../denied/denial-log.ts";
import { killedByFilter, moreRefusals, refusalDenial, refusalsUntold } from "../denied/seccomp-denials.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import { seccompArch } from "../policy/seccomp-hex.ts";
import type { Denial } from "../types.ts";
import type { RefusalStatus } from "./follow-command.ts";
import type { CommandExit } from "./types.ts";

export interface DenialWatch {
  /** Events tell from now on, and of what was refused before: that the command has started was told. */
  begin(): void;
  /** For what the launcher tells of refused calls. */
  onRefusal(status: RefusalStatus): void;
  /**
   * The exit with all that was refused before it.
   *
   * @throws what `onDenied` has thrown
   */
  complete(exit: CommandExit): CommandExit;
}

export interface DeniedCommand {
  readonly living: LivingSandbox;
  readonly id: string;
  readonly onDenied: ((denial: Denial) => void) | undefined;
  /** Ends the command, when `onDenied` throws. */
  readonly kill: () => void;
}

export function watchDenials({ living, id, onDenied, kill }: DeniedCommand): DenialWatch {
  let thrown: { readonly error: unknown } | undefined;
  let untold: string | undefined;
  const onThrow = (error: unknown) => {
    thrown = { error };
    kill();
  };
  let early: Denial[] | undefined = [];
  const tell = (denial: Denial) => living.events.emit({ type: "command.denied", commandId: id, denial });
  const log = createDenialLog({
    onDenied(denial) {
      if (early === undefined) tell(denial);
      else early.push(denial);
      onDenied?.(denial);
    },
    onThrow,
  });
  return {
    begin() {
      const waiting = early ?? [];
      early = undefined;
      for (const denial of waiting) tell(denial);
    },
    onRefusal(status) {
      if (status.kind === "denied") log.add(refusalDenial(status, seccompArch(), living.options.seccomp));
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
