import { CommandStartError, SandboxClosedError } from "../errors.ts";
import { startError } from "../launcher/failure.ts";
import type { Launcher } from "../launcher/spawn-launcher.ts";
import type { LauncherFailure, Status } from "../launcher/status.ts";
import type { ParsedCommand } from "../options/command-options.ts";

/** Steps of the launcher at which the caller's own command is at fault, not the machine. */
const commandSteps = ["exec", "cwd"];

export type ExitStatus = Extract<Status, { kind: "exit" | "signal" }>;
export type RefusalStatus = Extract<Status, { kind: "denied" | "denied-more" | "untold" }>;
type ErrorStatus = Extract<Status, { kind: "error" }>;

/** What joining fails with when the sandbox, or its launcher, has just ended. */
export function isOfTheEnd({ step, errno }: LauncherFailure): boolean {
  return (
    step === "sandbox gone" ||
    (step === "clone" && errno === "ENOMEM") ||
    (step === "cgroup" && (errno === "ENOENT" || errno === "ENODEV"))
  );
}

function failureOf(status: ErrorStatus, command: ParsedCommand): Error {
  if (isOfTheEnd(status))
    return new SandboxClosedError("the sandbox has ended; make a new one", { cause: startError(status) });
  if (!commandSteps.includes(status.step)) return startError(status);
  const what =
    status.step === "cwd"
      ? command.cwd === undefined
        ? "its default directory"
        : `its directory ${command.cwd}`
      : `"${command.argv[0]}"`;
  return new CommandStartError(
    `the command could not start: ${what} gave ${status.errno}; check that it exists inside the sandbox and may be used by uid 1000`,
    { step: status.step === "cwd" ? "cwd" : "exec", errno: status.errno },
  );
}

function endedEarly(): Error {
  return new SandboxClosedError("the sandbox ended while a command was starting; make a new one");
}

/** Follows a joining launcher from its start to the command's end. */
export function followCommand(launcher: Launcher, command: ParsedCommand) {
  let exit: ExitStatus | undefined;
  let hasStarted = false;
  let onFailure: (error: Error) => void = () => {};
  let onRefusal: (status: RefusalStatus) => void = () => {};
  const { promise: exited, resolve: tellExited } = Promise.withResolvers<void>();
  const { promise: started, resolve: tellStarted, reject } = Promise.withResolvers<number>();
  launcher.onStatus((status) => {
    if (status.kind === "error") {
      const error = failureOf(status, command);
      reject(error);
      onFailure(error);
    } else if (status.kind === "started") {
      hasStarted = true;
      tellStarted(status.pid);
    } else if (status.kind === "exit" || status.kind === "signal") {
      exit = status;
      tellExited();
    } else if (status.kind === "denied" || status.kind === "denied-more" || status.kind === "untold")
      onRefusal(status);
  });
  // Not for every command: to make an error that nobody wants takes longer than all else here.
  launcher.closed.then(() => hasStarted || reject(endedEarly()), reject);
  return {
    started,
    exit: () => exit,
    /** Resolves when the command has ended; its output may still be on the way. */
    exited,
    /** Called for what the launcher tells of refused calls; set it in the turn that starts the launcher. */
    onRefusal(listener: (status: RefusalStatus) => void) {
      onRefusal = listener;
    },
    /** Called for an error after the start: the launcher could not end what the command has started. */
    onFailure(listener: (error: Error) => void) {
      onFailure = listener;
    },
  };
}
