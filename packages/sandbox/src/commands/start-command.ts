import { type Duplex, PassThrough, type Readable } from "node:stream";
import type { LivingSandbox } from "../create-sandbox.ts";
import { CommandStartError, SandboxClosedError } from "../errors.ts";
import { startError } from "../launcher/failure.ts";
import { type Launcher, pipeOf, spawnLauncher } from "../launcher/spawn-launcher.ts";
import type { Status } from "../launcher/status.ts";
import type { ParsedCommand } from "../options/command-options.ts";
import { commandPolicy, joinDescriptors } from "../policy/sandbox-policy.ts";
import type { CommandExit, CommandHandle } from "../types.ts";
import { signalName, signalNumber } from "./signal-name.ts";

/** Steps of the launcher at which the caller's own command is at fault, not the machine. */
const commandSteps = ["exec", "cwd"];
/** The one-byte request to end the command with everything it started; `native/supervise.c`. */
const killTree = 0xff;
const kbPerMb = 1024;

type ExitStatus = Extract<Status, { kind: "exit" | "signal" }>;
type ErrorStatus = Extract<Status, { kind: "error" }>;

/** What joining fails with when the sandbox, or its launcher, has just ended. */
function hasEnded({ step, errno }: ErrorStatus): boolean {
  return (
    step === "sandbox gone" ||
    (step === "clone" && errno === "ENOMEM") ||
    (step === "cgroup" && (errno === "ENOENT" || errno === "ENODEV"))
  );
}

function failureOf(status: ErrorStatus, command: ParsedCommand): Error {
  if (hasEnded(status))
    return new SandboxClosedError("the sandbox has ended; make a new one", { cause: startError(status) });
  if (!commandSteps.includes(status.step)) return startError(status);
  const what = status.step === "cwd" ? `its directory ${command.cwd ?? ""}` : `"${command.argv[0]}"`;
  return new CommandStartError(
    `the command could not start: ${what} gave ${status.errno}; check that it exists inside the sandbox and may be used by uid 1000`,
    { errno: status.errno },
  );
}

/** Follows a joining launcher from its start to the command's end. */
function follow(launcher: Launcher, command: ParsedCommand) {
  let exit: ExitStatus | undefined;
  let onFailure: (error: Error) => void = () => {};
  let onExit = () => {};
  const started = new Promise<number>((resolve, reject) => {
    launcher.onStatus((status) => {
      if (status.kind === "error") {
        const error = failureOf(status, command);
        reject(error);
        onFailure(error);
      } else if (status.kind === "started") resolve(status.pid);
      else if (status.kind === "exit" || status.kind === "signal") {
        exit = status;
        onExit();
      }
    });
    launcher.closed.then(
      () => reject(new SandboxClosedError("the sandbox ended while a command was starting; make a new one")),
      reject,
    );
  });
  return {
    started,
    exit: () => exit,
    /** Called when the command has ended; its output may still be on the way. */
    onExit(listener: () => void) {
      onExit = listener;
    },
    /** Called for an error after the start: the launcher could not end what the command has started. */
    onFailure(listener: (error: Error) => void) {
      onFailure = listener;
    },
  };
}

/** Ends the command at its time limit and at its signal's abort; `timedOut` tells which. */
function watchTime(command: ParsedCommand, kill: () => void) {
  const watch = { timedOut: false, stop: () => {} };
  const onAbort = () => kill();
  const timer =
    command.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          watch.timedOut = true;
          kill();
        }, command.timeoutMs);
  command.signal?.addEventListener("abort", onAbort, { once: true });
  if (command.signal?.aborted) kill();
  watch.stop = () => {
    clearTimeout(timer);
    command.signal?.removeEventListener("abort", onAbort);
  };
  return watch;
}

/**
 * @param killSandbox used when a command's processes cannot be ended one by one
 * @throws CommandStartError, SandboxClosedError, SandboxStartError
 */
export async function startCommand(
  living: LivingSandbox,
  command: ParsedCommand,
  killSandbox: () => Promise<void>,
): Promise<CommandHandle> {
  if (living.end !== undefined)
    throw new SandboxClosedError(`the sandbox has ended: ${living.end.detail}; make a new one`);
  const startedAt = performance.now();
  const oomKillsBefore = living.cgroup?.oomKills() ?? 0;
  const launcher = spawnLauncher({
    mode: "join",
    operations: living.adapt(commandPolicy(living, command)),
    stdio: "pipe",
    extra: command.channel ? [living.procFd, "pipe"] : [living.procFd],
  });
  const stdout = keep(launcher, 1);
  const stderr = keep(launcher, 2);
  const followed = follow(launcher, command);
  const request = (byte: number) => {
    if (launcher.control.writable) launcher.control.write(Uint8Array.of(byte));
  };
  const watch = watchTime(command, () => request(killTree));
  followed.onExit(watch.stop);
  let pid: number;
  try {
    pid = await followed.started;
  } catch (error) {
    watch.stop();
    launcher.control.destroy();
    throw error;
  }
  // What the command has started cannot be ended one by one: then all of the sandbox is.
  followed.onFailure(() => void killSandbox());
  const ended = launcher.closed.then((): CommandExit => {
    watch.stop();
    launcher.control.destroy();
    const exit = followed.exit();
    const failed = exit?.kind !== "exit" || exit.value !== 0;
    return {
      exitCode: exit?.kind === "exit" ? exit.value : null,
      signal: exit?.kind === "exit" ? null : signalName(exit?.value),
      timedOut: watch.timedOut,
      oomKilled: failed && (living.cgroup?.oomKills() ?? 0) > oomKillsBefore,
      durationMs: performance.now() - startedAt,
      cpuMs: exit?.cpuMs ?? 0,
      maxRssMb: (exit?.maxRssKb ?? 0) / kbPerMb,
    };
  });
  return {
    pid,
    stdin: pipe(launcher, 0),
    stdout,
    stderr,
    ...(command.channel && { channel: pipe(launcher, joinDescriptors.channel) }),
    wait: () => ended,
    async kill(signal = "SIGKILL") {
      request(signal === "SIGKILL" ? killTree : signalNumber(signal));
      if (signal === "SIGKILL") await ended;
    },
  };
}

function pipe(launcher: Launcher, fd: number): Duplex {
  const stream = pipeOf(launcher.child, fd);
  // A command that closes its end early is no fault of the host's; its exit tells.
  stream.on("error", () => {});
  return stream;
}

/**
 * An output stream that keeps what it holds for a late reader. Node itself throws away what a child's stream holds
 * when nobody reads it by the time the child exits, so this is to be called in the turn that starts the launcher.
 */
function keep(launcher: Launcher, fd: number): Readable {
  const source = pipe(launcher, fd);
  const kept = new PassThrough();
  source.pipe(kept);
  // The host has closed its end: so is the command's, which gets SIGPIPE.
  kept.on("close", () => source.destroy());
  return kept;
}
