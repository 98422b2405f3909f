import { describeExit } from "./command-exit.ts";
import { isEnding } from "./sandbox-ending.ts";
import type { Joining } from "./start-command.ts";
import type { CommandExit, CommandInfo } from "./types.ts";

/** Tells of a command that has begun, and of its end; keeps it among its sandbox's until then. */
export function followEnd(joining: Joining, info: CommandInfo) {
  const { living, launcher, followed, denials, startedAt } = joining;
  // What the command has started cannot be ended one by one: then all of the sandbox is.
  let sandboxKilled: Promise<void> | undefined;
  followed.onFailure(() => {
    sandboxKilled = living.kill();
  });
  // Where the sandbox has ended meanwhile, nobody else will.
  if (living.end === undefined) living.joined.add(launcher);
  else launcher.control.destroy();
  living.events.emit({ type: "command.started", commandId: info.id, pid: info.pid, argv: info.argv });
  denials.begin();
  let durationMs = 0;
  const describe = () => describeExit(followed.exit(), { ...joining, durationMs });
  const exited = Promise.race([followed.exited, launcher.closed]).then((): CommandExit => {
    joining.watch.stop();
    durationMs = performance.now() - startedAt;
    const exit = describe();
    const { exitCode, signal, timedOut, oomKilled } = exit;
    const end = { exitCode, signal, timedOut, oomKilled, durationMs };
    living.events.emit({ type: "command.ended", commandId: info.id, ...end });
    return exit;
  });
  const ended = launcher.closed.then(async (): Promise<CommandExit> => {
    living.joined.delete(launcher);
    launcher.control.destroy();
    const exit = await exited;
    await sandboxKilled;
    if (followed.exit()?.kind === "exit") return denials.complete(exit);
    // Killed with its sandbox: why that ended is why the command did.
    if (isEnding(living)) await living.closed;
    return denials.complete(describe());
  });
  for (const each of [exited, ended]) each.catch(() => {}); // for who does not wait
  living.events.await(ended);
  return { exited, ended, sandboxKilled: async () => sandboxKilled };
}
