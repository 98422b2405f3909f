import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import type { CommandHandle, CommandResult, Sandbox } from "#sandbox";
import { trialOf } from "../acts.ts";
import { endProcessesWith, newMark, processesWith, reversed, withHostProcess } from "../host-processes.ts";
import {
  type Act,
  type Probe,
  type ProbeContext,
  programInside,
  refused,
  skipped,
  succeeded,
  type Trial,
} from "../probe.ts";

function actIn(sandbox: Sandbox, ...act: Act): Promise<CommandResult> {
  return sandbox.commands.run([programInside, ...act]);
}

async function serves(sandbox: Sandbox): Promise<boolean> {
  const result = await sandbox.commands.run(["true"]).catch(() => undefined);
  return result?.exitCode === 0;
}

/** Starts a process, lets another kill all that it can, and tells what is left. */
function killEverybody(context: ProbeContext) {
  return context.withSandbox(async (sandbox) => {
    const bystander = await sandbox.commands.start(["sleep", "60"]);
    await actIn(sandbox, "kill-everybody", "9");
    const living = await serves(sandbox);
    return { living, bystander: living ? (await bystander.wait()).signal : undefined };
  });
}

const killing: Probe = {
  id: "kill-everybody",
  area: "processes",
  title: "SIGKILL for everybody",
  method: "kill(-1, SIGKILL), to end PID 1 and what guards the sandbox with it",
  source: "kill(2), pid_namespaces(7)",
  attack: async (context) =>
    (await killEverybody(context)).living
      ? refused("PID 1 lives and serves")
      : succeeded("the sandbox ended"),
  control: async (context) => {
    const { bystander } = await killEverybody(context);
    return bystander === "SIGKILL" ? succeeded("a bystander was killed") : refused(`bystander: ${bystander}`);
  },
};

const signalling: Probe = {
  id: "signal-init",
  area: "processes",
  title: "every signal for PID 1",
  method: "kill(1, 1 to 64)",
  source: "kill(2), pid_namespaces(7)",
  attack: (context) =>
    context.withSandbox(async (sandbox) => {
      const result = await actIn(sandbox, "signal-all", "1").catch(() => undefined);
      if (result === undefined || !(await serves(sandbox))) return succeeded("the sandbox ended");
      return trialOf(result.exitCode, result.stdout, "signal-all");
    }),
  control: (context) => context.inside("signal-all", "sibling"),
};

/** Waits until a daemon is there, or its starter has ended. */
async function firstChunk(stream: Readable): Promise<void> {
  for await (const _ of stream.iterator({ destroyOnReturn: false })) break;
}

/** Starts a command that leaves a daemon behind, ends it in some way, and tells whether the daemon is still there. */
async function outlive(
  context: ProbeContext,
  end: (sandbox: Sandbox, command: CommandHandle) => Promise<void>,
): Promise<Trial> {
  const mark = newMark();
  return context.withSandbox(async (sandbox) => {
    const command = await sandbox.commands.start([programInside, "daemon", mark]);
    await firstChunk(command.stdout);
    if (processesWith(mark).length === 0) return skipped("the daemon cannot be seen from the host");
    await end(sandbox, command);
    const left = processesWith(mark);
    return left.length === 0
      ? refused("ended with all else")
      : succeeded(`process ${left.join(", ")} is left`);
  });
}

/** The same on the host, where nobody ends it. */
async function outliveOutside(context: ProbeContext): Promise<Trial> {
  const mark = newMark();
  const child = spawn(context.program, ["daemon", mark], { stdio: ["ignore", "pipe", "ignore"], env: {} });
  try {
    await firstChunk(child.stdout);
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    return processesWith(mark).length > 0 ? succeeded("the daemon is left") : refused("no daemon is left");
  } finally {
    endProcessesWith(mark);
  }
}

const daemons: readonly Probe[] = [
  {
    id: "daemon-outlives-command",
    area: "processes",
    title: "a daemon that outlives its command",
    method: "fork twice, setsid, ignore every signal, while the command is killed",
    source: "daemon(7)",
    attack: (context) => outlive(context, (_, command) => command.kill()),
    control: outliveOutside,
  },
  {
    id: "daemon-outlives-sandbox",
    area: "processes",
    title: "a daemon that outlives its sandbox",
    method: "fork twice, setsid, ignore every signal, while the sandbox is ended",
    source: "daemon(7), pid_namespaces(7)",
    attack: (context) => outlive(context, (sandbox) => sandbox.kill()),
    control: outliveOutside,
  },
];

/** A process of the host's with a mark, and an act about it: in a sandbox of its own, and on the host. */
function hostProcessProbe(
  parts: Pick<Probe, "id" | "title" | "method" | "source">,
  act: (pid: number, mark: string) => Act,
): Probe {
  const marked = <T>(context: ProbeContext, body: (pid: number, mark: string) => Promise<T>) => {
    const mark = newMark();
    return withHostProcess([context.program, "linger"], mark, (pid) => body(pid, mark));
  };
  return {
    ...parts,
    area: "processes",
    attack: (context) =>
      marked(context, (pid, mark) =>
        context.withSandbox(async (sandbox) => {
          const { exitCode, stdout } = await actIn(sandbox, ...act(pid, mark));
          return trialOf(exitCode, stdout, parts.id);
        }),
      ),
    control: (context) => marked(context, (pid, mark) => context.outside(...act(pid, mark))),
  };
}

/** Processes of the same sandbox, and of the host. */
export const processProbes: readonly Probe[] = [
  killing,
  signalling,
  ...daemons,
  hostProcessProbe(
    {
      id: "reach-host-process",
      title: "a process of the host by its number",
      method: "pidfd_open, kill and /proc with the process id that it has on the host",
      source: "pid_namespaces(7)",
    },
    (pid) => ["reach-process", String(pid)],
  ),
  hostProcessProbe(
    {
      id: "find-host-process",
      title: "a process of the host by its arguments",
      method: "look for a word among the arguments of every process in /proc",
      source: "proc(5): arguments often hold secrets",
    },
    (_, mark) => ["find-process", reversed(mark)],
  ),
];
