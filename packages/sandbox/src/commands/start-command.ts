import { type Duplex, PassThrough, type Readable } from "node:stream";
import { countRefusals } from "../denied/limit-denials.ts";
import { SandboxClosedError } from "../errors.ts";
import { sealedLauncher } from "../launcher/sealed-launcher.ts";
import { type Launcher, pipeOf, spawnLauncher } from "../launcher/spawn-launcher.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import type { ParsedCommand } from "../options/command-options.ts";
import { commandPolicy, joinDescriptors } from "../policy/sandbox-policy.ts";
import type { CommandExit, CommandHandle } from "../types.ts";
import { describeExit } from "./command-exit.ts";
import { followCommand } from "./follow-command.ts";
import { isEnding } from "./sandbox-ending.ts";
import { signalNumber } from "./signal-name.ts";
import { watchDenials } from "./watch-denials.ts";
import { watchTime } from "./watch-time.ts";

/** The one-byte request to end the command with everything it started; `native/supervise.c`. */
const killTree = 0xff;

/**
 * @throws CommandStartError, SandboxClosedError, SandboxStartError
 */
export async function startCommand(living: LivingSandbox, command: ParsedCommand): Promise<CommandHandle> {
  if (living.end !== undefined)
    throw new SandboxClosedError(`the sandbox has ended: ${living.end.detail}; make a new one`);
  const startedAt = performance.now();
  const before = countRefusals(living.cgroup);
  const launcher = spawnLauncher({
    mode: "join",
    program: sealedLauncher(),
    operations: living.adapt(commandPolicy(living, command)),
    stdio: "pipe",
    extra: command.channel ? [living.procFd, "pipe"] : [living.procFd],
  });
  const stdout = keep(launcher, 1);
  const stderr = keep(launcher, 2);
  const followed = followCommand(launcher, command);
  const request = (byte: number) => {
    if (launcher.control.writable) launcher.control.write(Uint8Array.of(byte));
  };
  const kill = () => request(killTree);
  const denials = watchDenials(living.options.seccomp, command.onDenied, kill);
  followed.onRefusal(denials.onRefusal);
  const watch = watchTime(living.clock, command, kill);
  void followed.exited.then(watch.stop);
  let pid: number;
  try {
    pid = await followed.started;
  } catch (error) {
    watch.stop();
    launcher.control.destroy();
    throw error;
  }
  // What the command has started cannot be ended one by one: then all of the sandbox is.
  let sandboxKilled: Promise<void> | undefined;
  followed.onFailure(() => {
    sandboxKilled = living.kill();
  });
  // Where the sandbox has ended meanwhile, nobody else will.
  if (living.end === undefined) living.joined.add(launcher);
  else launcher.control.destroy();
  const ended = launcher.closed.then(async (): Promise<CommandExit> => {
    watch.stop();
    living.joined.delete(launcher);
    launcher.control.destroy();
    await sandboxKilled;
    // Killed with its sandbox: why that ended is why the command did.
    if (followed.exit()?.kind !== "exit" && isEnding(living)) await living.closed;
    const { timedOut } = watch;
    return denials.complete(describeExit(followed.exit(), { living, command, before, timedOut, startedAt }));
  });
  ended.catch(() => {}); // for who does not wait
  return {
    pid,
    stdin: pipe(launcher, 0),
    stdout,
    stderr,
    ...(command.channel && { channel: pipe(launcher, joinDescriptors.channel) }),
    wait: () => ended,
    async kill(signal = "SIGKILL") {
      request(signal === "SIGKILL" ? killTree : signalNumber(signal));
      // wait() rejects with what goes wrong, and waits for output that is still to be read.
      if (signal !== "SIGKILL") return;
      await Promise.race([followed.exited, ended]).catch(() => {});
      await sandboxKilled;
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
