import { randomUUID } from "node:crypto";
import { countRefusals } from "../denied/limit-denials.ts";
import { sealedLauncher } from "../launcher/sealed-launcher.ts";
import { type Launcher, spawnLauncher } from "../launcher/spawn-launcher.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import type { ParsedCommand } from "../options/command-options.ts";
import { commandPolicy } from "../policy/sandbox-policy.ts";
import { createHandle, type RunningCommand } from "./command-handle.ts";
import { openStreams } from "./command-streams.ts";
import { followCommand } from "./follow-command.ts";
import { followEnd } from "./follow-end.ts";
import { signalNumber } from "./signal-name.ts";
import { watchDenials } from "./watch-denials.ts";
import { watchTime } from "./watch-time.ts";

/** The request to end the command with everything it started; `native/supervise.c`. */
const killTree = 0xff;

/** A command whose launcher has been started and tells. */
export type Joining = ReturnType<typeof join>;

function spawnJoining(living: LivingSandbox, command: ParsedCommand): Launcher {
  living.pausing.requireRunning();
  return spawnLauncher({
    mode: "join",
    program: sealedLauncher(),
    operations: living.adapt(commandPolicy(living, command)),
    stdio: command.input ? "pipe" : "output",
    extra: command.channel ? [living.procFd, "pipe"] : [living.procFd],
  });
}

/** All that must listen in the turn that starts the launcher. */
function join(living: LivingSandbox, command: ParsedCommand) {
  const id = randomUUID();
  const startedAt = performance.now();
  const before = countRefusals(living.cgroup);
  const launcher = spawnJoining(living, command);
  const streams = openStreams(launcher, command);
  const followed = followCommand(launcher, command);
  const request: RunningCommand["request"] = (bytes, sent = () => {}) => {
    if (launcher.control.writable) launcher.control.write(Uint8Array.from(bytes), sent);
    else queueMicrotask(sent);
  };
  // Who stands still cannot be found dead: see tree_kill().
  const kill = () =>
    living.pausing.whenRunning(() => {
      request([killTree]);
      return Promise.race([followed.exited, launcher.closed]);
    });
  const denials = watchDenials({ living, id, onDenied: command.onDenied, kill });
  followed.onRefusal(denials.onRefusal);
  const watch = watchTime(living.clock, command, kill);
  void followed.exited.then(watch.stop);
  return {
    living,
    command,
    id,
    startedAt,
    before,
    launcher,
    streams,
    followed,
    request,
    kill,
    denials,
    watch,
  };
}

async function waitForStart({ followed, watch, launcher }: Joining): Promise<number> {
  try {
    return await followed.started;
  } catch (error) {
    watch.stop();
    launcher.control.destroy();
    throw error;
  }
}

/**
 * @throws CommandStartError, SandboxClosedError, SandboxStartError; the reason of a signal that has aborted by the time
 * the command has begun, which is gone then
 */
export async function startCommand(living: LivingSandbox, command: ParsedCommand): Promise<RunningCommand> {
  const { signal, argv, background } = command;
  signal?.throwIfAborted();
  const joining = join(living, command);
  const { id, streams, followed, request, kill } = joining;
  const pid = await waitForStart(joining);
  const info = { id, pid, argv, background, pty: command.terminal !== undefined, startedAt: new Date() };
  const { exited, ended, sandboxKilled } = followEnd(joining, info);
  if (signal?.aborted) {
    for (const tape of [streams.stdout, streams.stderr]) tape.open().stream.destroy();
    await ended.catch(() => {});
    throw signal.reason;
  }
  const running: RunningCommand = {
    get stdin() {
      return streams.stdin;
    },
    stdout: streams.stdout,
    stderr: streams.stderr,
    channel: streams.channel,
    info,
    clock: living.clock,
    exited,
    ended,
    request,
    async kill(name) {
      if (name !== "SIGKILL") return request([signalNumber(name)]);
      kill();
      // wait() rejects with what goes wrong, and waits for output that is still to be read.
      await Promise.race([followed.exited, ended]).catch(() => {});
      await sandboxKilled();
    },
  };
  register(living, running);
  return running;
}

/** Keeps it among its sandbox's commands, for as long as there is something to connect to. */
function register({ commands }: LivingSandbox, running: RunningCommand): void {
  const { info } = running;
  const entry = commands.add(info.pty ? { info } : { info, connect: () => createHandle(running) });
  running.exited.then(entry.ended, entry.ended);
  running.ended.then(entry.remove, entry.remove);
}
